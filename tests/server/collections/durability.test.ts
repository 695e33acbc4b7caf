import { describe, expect, test } from 'vitest';
import { createRng } from '../../../model/random.js';
import { openCollections } from '../../../server/collections/collections.js';
import { openTokenReader } from '../../../server/store/token-reader.js';
import { startChild } from '../../fixtures/child-process.js';
import { tempDir } from '../../fixtures/temp-dir.js';
import { idsOf } from './open-samples.js';
import { encoded, sampleItem } from './sample-items.js';

const SCRIPT = new URL('./put-until-killed.js', import.meta.url);
const GONE = 'gone';

/** What may be in the store per id: what was last acknowledged, or what was begun after that. */
class Ledger {
  readonly possible = new Map<string, Set<string>>();

  follow(lines: string[]): void {
    for (const line of lines) {
      const [stage, change, id, seed] = line.split(' ') as [string, string, string, string];
      const state = change === 'put' ? seed : GONE;
      if (stage === 'done') this.possible.set(id, new Set([state]));
      else this.possible.set(id, (this.possible.get(id) ?? new Set([GONE])).add(state));
    }
  }

  /** From now on what is there counts. */
  settle(states: Map<string, string>): void {
    for (const id of this.possible.keys()) this.possible.set(id, new Set([states.get(id) ?? GONE]));
  }
}

describe.each([
  { index: 'scans', exactLimit: 100_000 },
  { index: 'graphs', exactLimit: 20 },
])('killed at random moments while it writes, with $index', ({ exactLimit }) => {
  test('every acknowledged change is there, found and whole, and nothing else', async () => {
    const dir = await tempDir();
    const random = createRng(exactLimit).next;
    const ledger = new Ledger();
    for (let round = 1; round <= 5; round++) {
      const child = startChild(SCRIPT, [dir, `${round}`, `${exactLimit}`]);
      await child.reached(30 + Math.floor(random() * 120));
      await child.ended(true);
      ledger.follow(child.lines);

      const collections = await openCollections(dir, { settings: { exactLimit } });
      const samples = collections.get('samples');
      const reader = openTokenReader(collections.storeDir);
      const { items } = samples.list({ limit: 100_000 });
      const states = new Map(items.map(({ id, metadata }) => [id, `${metadata?.seed}`]));
      expect(items).toHaveLength(states.size);
      for (const id of states.keys()) expect(ledger.possible.has(id)).toBe(true);
      for (const [id, possible] of ledger.possible) expect(possible).toContain(states.get(id) ?? GONE);
      expect(samples.info()).toMatchObject({ items: items.length, images: items.length, texts: items.length });

      const wholes = [...states].map(async ([id, seed]) => {
        const { image, text, picture, caption } = sampleItem(id, Number(seed));
        expect(samples.get(id)).toMatchObject({ caption });
        expect(samples.picture(id)).toEqual(picture);
        expect(reader.read(samples.encoded('text', id)!.tokens)).toEqual(text!.tokens);
        const hits = await samples.nearest({ target: 'image', embedding: image!.embedding, k: 1 });
        expect(hits).toMatchObject([{ itc: expect.closeTo(1, 5) }]);
        expect(idsOf(samples, hits)).toEqual([id]);
      });
      await Promise.all(wholes);
      const all = await samples.nearest({ target: 'text', embedding: encoded(1).embedding, k: 100_000 });
      expect(idsOf(samples, all).sort()).toEqual([...states.keys()].sort());
      ledger.settle(states);
      await reader.close();
      await collections.close();
    }
    expect(ledger.possible.size).toBeGreaterThan(50);
  });
});
