import { describe, expect, test } from 'vitest';
import { createRng } from '../../../model/random.js';
import {
  CollectionMovedError,
  CollectionRebuildingError,
  UnknownCollectionError,
} from '../../../server/collections/collection-errors.js';
import type { Collections } from '../../../server/collections/collections.js';
import { openCollections } from '../../../server/collections/collections.js';
import type { CopyOptions, ItemSource, NewSides } from '../../../server/collections/copy-items.js';
import { createGate } from '../../fixtures/gate.js';
import { idsOf, openSamples } from './open-samples.js';
import { encoded, MODEL, sampleItem } from './sample-items.js';

const OTHER = { model: 'other', modelId: 'def456', embeddingSize: 24 };

/** Another model: its vectors follow from what it is shown, and have another size. */
function otherVector(text: string) {
  const random = createRng('other', text).next;
  const embedding = Float32Array.from({ length: OTHER.embeddingSize }, () => random() - 0.5);
  return { embedding, tokens: new Uint16Array(8).fill(text.length), rows: 1 };
}

const encode = async (items: ItemSource[]): Promise<NewSides[]> =>
  items.map(({ record, picture }) => ({
    ...(record.caption === undefined ? {} : { text: otherVector(record.caption) }),
    ...(picture ? { image: otherVector(`picture ${picture.bytes[0]}`) } : {}),
  }));

function optionsOf(change: Partial<CopyOptions> = {}): CopyOptions {
  return { encode, onCopied: async () => {}, signal: new AbortController().signal, ...change };
}

async function expectFound(collections: Collections, seeds: Map<string, number>): Promise<void> {
  const samples = collections.get('samples');
  expect(samples.info()).toMatchObject({ modelId: OTHER.modelId, items: seeds.size, images: seeds.size });
  for (const [id, seed] of seeds) {
    expect(samples.get(id)).toMatchObject({ caption: `caption ${seed}`, metadata: { seed } });
    expect(samples.picture(id)).toEqual(sampleItem(id, seed).picture);
    const { embedding } = otherVector(`picture ${seed % 256}`);
    const hits = await samples.nearest({ target: 'image', embedding, k: seeds.size });
    expect(hits).toHaveLength(seeds.size);
    expect(hits[0]!.itc).toBeCloseTo(1, 5);
    const best = hits.filter(({ itc }) => itc > 0.9999);
    expect(idsOf(samples, best)).toContain(id);
  }
}

describe('a rebuild', () => {
  test('puts a collection of the same items in the place of the first, in the same order and as old', async () => {
    const opened = await openSamples();
    const { collections, samples } = opened;
    await samples.put(Array.from({ length: 70 }, (_, i) => sampleItem(`${i}`, i)));
    for (const id of ['3', '40', '69']) await samples.delete(id);
    await samples.put([sampleItem('3', 3)]);
    const before = samples.list({ limit: 100 });
    const { nextCursor: cursor } = samples.list({ limit: 10 });
    const counts: number[] = [];
    await collections.rebuild('samples', OTHER, optionsOf({ onCopied: async (count) => void counts.push(count) }));
    expect(counts.reduce((sum, count) => sum + count)).toBe(68);

    const rebuilt = collections.get('samples');
    const parts = ({ id, createdAt, updatedAt }: (typeof before.items)[0]) => ({ id, createdAt, updatedAt });
    expect(rebuilt.list({ limit: 100 }).items.map(parts)).toEqual(before.items.map(parts));
    expect(rebuilt.list({ limit: 5, cursor: cursor! }).items.map(({ id }) => id)).toEqual(
      before.items.slice(10, 15).map(({ id }) => id),
    );
    await expectFound(collections, new Map(before.items.map(({ id }) => [id, Number(id)])));
    expect(() => samples.get('1')).toThrow(CollectionMovedError);
    await expect(samples.put([sampleItem('x', 1)])).rejects.toThrow(CollectionMovedError);
    await collections.close();
    const again = await openCollections(opened.dir);
    await expectFound(again, new Map(before.items.map(({ id }) => [id, Number(id)])));
    expect(await again.get('samples').put([{ id: 'new' }])).toEqual(['created']);
    await again.close();
  });

  test('loses no change that is made meanwhile, and answers as a collection that was built from the end', async () => {
    const { collections, samples } = await openSamples();
    const seeds = new Map(Array.from({ length: 120 }, (_, i): [string, number] => [`${i}`, i]));
    await samples.put([...seeds].map(([id, seed]) => sampleItem(id, seed)));
    const random = createRng(5).next;
    let made = 0;
    let isDone = false;
    /** Changes are kept track of only once they are acknowledged; a write that is refused at the swap was not made. */
    async function change(): Promise<void> {
      const ids = [...seeds.keys()];
      const id = random() < 0.4 ? `new ${made++}` : ids[Math.floor(random() * ids.length)]!;
      const seed = Math.floor(random() * 200);
      if (random() < 0.3) {
        if (await samples.delete(id)) seeds.delete(id);
      } else {
        await samples.put([sampleItem(id, seed)]);
        seeds.set(id, seed);
      }
    }
    const writing = (async () => {
      while (!isDone) await change();
    })().catch((error: unknown) => error);
    await collections.rebuild('samples', OTHER, optionsOf());
    isDone = true;
    const refused = await writing;
    if (refused !== undefined) expect(refused).toBeInstanceOf(CollectionMovedError);
    expect(made).toBeGreaterThan(0);
    await expectFound(collections, seeds);
  });

  test('that fails or is cancelled leaves everything as it was', async () => {
    const opened = await openSamples();
    const { collections, samples } = opened;
    await samples.put([sampleItem('a', 1), sampleItem('b', 2)]);
    const failing = optionsOf({
      encode: async () => {
        throw new Error('broken model');
      },
    });
    await expect(collections.rebuild('samples', OTHER, failing)).rejects.toThrow('broken model');
    const controller = new AbortController();
    controller.abort();
    await expect(collections.rebuild('samples', OTHER, optionsOf({ signal: controller.signal }))).rejects.toThrow();
    expect(collections.get('samples')).toBe(samples);
    expect(await samples.put([sampleItem('c', 3)])).toEqual(['created']);
    const again = await opened.reopened();
    expect(again.samples.info()).toMatchObject({ modelId: MODEL.modelId, items: 3 });
    expect(await again.samples.nearest({ target: 'image', embedding: encoded(3).embedding, k: 9 })).toHaveLength(3);
  });

  test('is refused while another one runs, and ends where its collection is deleted', async () => {
    const { collections, samples } = await openSamples();
    await samples.put([sampleItem('a', 1)]);
    const [begun, waiting] = [createGate(), createGate()];
    const slow = optionsOf({
      async encode(items) {
        begun.open();
        await waiting.opened;
        return encode(items);
      },
    });
    const first = collections.rebuild('samples', OTHER, slow);
    await begun.opened;
    await expect(collections.rebuild('samples', OTHER, optionsOf())).rejects.toThrow(CollectionRebuildingError);
    await collections.delete('samples');
    waiting.open();
    await expect(first).rejects.toThrow(UnknownCollectionError);
    expect(collections.list()).toEqual([]);
    expect(await collections.create('samples', OTHER)).toMatchObject({ created: true, info: { items: 0 } });
  });

  test('that a crash interrupted leaves no trace', async () => {
    const opened = await openSamples();
    await opened.samples.put([sampleItem('a', 1)]);
    const never = optionsOf({ encode: () => new Promise(() => {}) });
    void opened.collections.rebuild('samples', OTHER, never).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 100));
    await opened.collections.close();
    const collections = await openCollections(opened.dir);
    expect(collections.list()).toMatchObject([{ name: 'samples', modelId: MODEL.modelId, items: 1 }]);
    await collections.close();
  });
});
