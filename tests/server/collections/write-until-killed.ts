// Rounds of writing to collections in a process that is killed at a random moment, each followed by a look at what is left.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { createRng } from '../../../model/random.js';
import type { Collection } from '../../../server/collections/collection.js';
import { openCollections } from '../../../server/collections/collections.js';
import { openTokenReader, type TokenReader } from '../../../server/store/token-reader.js';
import { startChild } from '../../fixtures/child-process.js';
import { GONE, Ledger } from '../../fixtures/ledger.js';
import { tempDir } from '../../fixtures/temp-dir.js';
import { idsOf } from './open-samples.js';
import { encoded, sampleItem } from './sample-items.js';

const SCRIPT = new URL('./put-until-killed.js', import.meta.url);
const QUERIES = [1, 2, 3, 4, 5];

/** Takes over what the writers said; a line that was cut off in the middle says nothing. */
function follow(ledger: Ledger, lines: readonly string[]): void {
  for (const line of lines) {
    const [, stage, change, id, seed] = /^(start|done) (\w+) (\S+) (\d+)$/.exec(line) ?? [];
    if (id === undefined) continue;
    const state = change === 'delete' ? GONE : seed!;
    if (stage === 'done') ledger.done(id, state);
    else ledger.begin(id, state);
  }
}

async function expectWhole(samples: Collection, reader: TokenReader, id: string, seed: number): Promise<void> {
  const { image, text, picture, caption } = sampleItem(id, seed);
  expect(samples.get(id)).toMatchObject({ caption });
  expect(samples.picture(id)).toEqual(picture);
  expect(reader.read(samples.encoded('text', id)!.tokens)).toEqual(text!.tokens);
  const hits = await samples.nearest({ target: 'image', embedding: image!.embedding, k: 1 });
  expect(hits).toMatchObject([{ itc: expect.closeTo(1, 5) }]);
  expect(idsOf(samples, hits)).toEqual([id]);
}

async function answersOf(samples: Collection) {
  const asked = (['image', 'text'] as const).flatMap((target) =>
    QUERIES.map((seed) => samples.nearest({ target, embedding: encoded(seed).embedding, k: 10 })),
  );
  return Promise.all(asked);
}

/** Looks at the data directory as the next process finds it; answers what it found there to every query. */
async function expectIntact(dir: string, exactLimit: number, ledger: Ledger) {
  const collections = await openCollections(dir, { settings: { exactLimit } });
  const samples = collections.get('samples');
  const reader = openTokenReader(collections.storeDir);
  const { items } = samples.list({ limit: 100_000 });
  const states = new Map(items.map(({ id, metadata }) => [id, `${metadata?.seed}`]));
  expect(items).toHaveLength(states.size);
  ledger.settle(states);
  expect(samples.info()).toMatchObject({ items: items.length, images: items.length, texts: items.length });
  await Promise.all([...states].map(([id, seed]) => expectWhole(samples, reader, id, Number(seed))));
  const all = await samples.nearest({ target: 'text', embedding: encoded(1).embedding, k: 100_000 });
  expect(idsOf(samples, all).sort()).toEqual([...states.keys()].sort());
  const answers = await answersOf(samples);
  await reader.close();
  await collections.close();
  return answers;
}

/**
 * Kills a process that writes with SIGKILL, `rounds` times, and fails unless every acknowledged change is there afterwards, found and whole,
 * nothing else is, and an index that is built anew from the store answers the same. Indexes of more than `exactLimit` vectors have graphs.
 */
export async function writeUntilKilled(rounds: number, exactLimit: number): Promise<void> {
  const dir = await tempDir();
  const { int } = createRng('kill', exactLimit);
  const ledger = new Ledger();
  for (let round = 1; round <= rounds; round++) {
    const child = startChild(SCRIPT, [dir, `${round}`, `${exactLimit}`]);
    await child.reached(30 + int(120));
    await child.ended(true);
    follow(ledger, child.lines);
    const answers = await expectIntact(dir, exactLimit, ledger);
    await rm(join(dir, 'index'), { recursive: true, force: true });
    expect(await expectIntact(dir, exactLimit, ledger), 'the answers of a fresh index').toEqual(answers);
  }
  expect(ledger.possible.size).toBeGreaterThan(10 * rounds);
}
