import { describe, expect, test } from 'vitest';
import type { Metadata } from '../../../server/collections/stored-item.js';
import { idsOf, openSamples } from './open-samples.js';
import { encoded, sampleItem } from './sample-items.js';

const COUNT = 400;
const items = Array.from({ length: COUNT }, (_, i) => sampleItem(`item ${i}`, i));

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = a.reduce((sum, x, i) => sum + x * b[i]!, 0);
  return dot / Math.hypot(...a) / Math.hypot(...b);
}

function plainAnswer(embedding: Float32Array, k: number, filter: (metadata: Metadata) => boolean) {
  const kept = items.filter(({ metadata }) => filter(metadata!));
  const scored = kept.map(({ id, image }) => ({ id, itc: cosine(embedding, image!.embedding) }));
  const best = scored.sort((a, b) => b.itc - a.itc).slice(0, k);
  return best.map(({ id, itc }) => ({ id, itc: expect.closeTo(itc, 5) as number }));
}

const filters: { name: string; filter?: (metadata: Metadata) => boolean }[] = [
  { name: 'without a filter' },
  { name: 'with a filter that keeps half', filter: ({ colour }) => colour === 'red' },
  { name: 'with a filter that keeps one in a hundred', filter: ({ seed }) => (seed as number) % 100 === 7 },
  { name: 'with a filter that keeps none', filter: () => false },
];

describe.each([
  { way: 'by a scan', settings: {} },
  { way: 'by a graph', settings: { exactLimit: 50, efSearch: 400, scannedNumbers: 0 } },
])('nearest $way', ({ settings }) => {
  test.each(filters)('gives the answer of a plain sort $name, before and after reopening', async ({ filter }) => {
    let opened = await openSamples({ settings });
    await opened.samples.put(items);
    for (let round = 0; round < 2; round++) {
      for (const seed of [5001, 5002, 5003]) {
        const { embedding } = encoded(seed);
        const hits = await opened.samples.nearest({ target: 'image', embedding, k: 12, filter });
        expect(hits.map(({ label, itc }) => ({ id: opened.samples.at(label)!.id, itc }))).toEqual(
          plainAnswer(embedding, 12, filter ?? (() => true)),
        );
      }
      expect(opened.warnings).toEqual([]);
      opened = await opened.reopened();
    }
  });

  test('follows changes of metadata in its filters', async () => {
    const { samples } = await openSamples({ settings });
    await samples.put(items);
    const { embedding } = encoded(0);
    const isNew = ({ isNew: value }: Metadata) => value === true;
    expect(await samples.nearest({ target: 'image', embedding, k: 5, filter: isNew })).toEqual([]);
    await samples.patch('item 3', { metadata: { isNew: true } });
    await samples.put([{ ...sampleItem('item 9', 9), metadata: { isNew: true } }, sampleItem('without', 11)]);
    const ids = async () =>
      idsOf(samples, await samples.nearest({ target: 'image', embedding, k: 5, filter: isNew })).sort();
    expect(await ids()).toEqual(['item 3', 'item 9']);
    await samples.patch('item 3', { metadata: null });
    expect(await ids()).toEqual(['item 9']);
    await samples.delete('item 9');
    expect(await ids()).toEqual([]);
  });

  test('finds an item as soon as its put has resolved, and never one whose delete has', async () => {
    const { samples } = await openSamples({ settings });
    await samples.put(items.slice(0, 100));
    for (let i = 100; i < 160; i++) {
      await Promise.all([samples.put([items[i]!]), samples.delete(`item ${i - 100}`)]);
      const [found] = await samples.nearest({ target: 'image', embedding: items[i]!.image!.embedding, k: 1 });
      expect(samples.at(found!.label)!.id).toBe(`item ${i}`);
      const { embedding } = items[i - 100]!.image!;
      const ids = idsOf(samples, await samples.nearest({ target: 'image', embedding, k: 100 }));
      expect(ids).toHaveLength(100);
      expect(ids).not.toContain(`item ${i - 100}`);
    }
  });

  test('gives k answers while items are being deleted', async () => {
    const { samples } = await openSamples({ settings });
    await samples.put(items);
    const deleting = items.slice(0, 300).map(({ id }) => samples.delete(id));
    const { embedding } = encoded(5);
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => samples.nearest({ target: 'text', embedding, k: 60 })),
    );
    await Promise.all(deleting);
    for (const hits of answers) expect(hits).toHaveLength(60);
  });
});

test('equal embeddings are ranked in the order their items were made', async () => {
  const { samples } = await openSamples();
  const ids = ['z', 'a', 'm', 'b'];
  for (const id of ids) await samples.put([{ ...sampleItem(id, 1), metadata: {} }]);
  await samples.patch('a', { image: encoded(1) });
  const hits = await samples.nearest({ target: 'image', embedding: encoded(1).embedding, k: 3 });
  expect(idsOf(samples, hits)).toEqual(['z', 'a', 'm']);
});

test.each([
  { name: 'k = 0', query: { k: 0 }, message: 'k: expected a whole number from 1 and up, got 0' },
  { name: 'a broken k', query: { k: 2.5 }, message: 'k: expected' },
  { name: 'a broken efSearch', query: { k: 1, efSearch: 0 }, message: 'efSearch: expected' },
  {
    name: 'a short embedding',
    query: { embedding: new Float32Array(3) },
    message: 'query embedding: expected 16 numbers, got 3',
  },
  {
    name: 'a NaN',
    query: { embedding: new Float32Array(16).fill(Number.NaN) },
    message: 'query embedding: expected finite',
  },
])('nearest refuses $name', async ({ query, message }) => {
  const { samples } = await openSamples();
  await samples.put(items.slice(0, 5));
  const whole = { target: 'image' as const, embedding: encoded(1).embedding, k: 1, ...query };
  await expect(samples.nearest(whole)).rejects.toThrow(message);
  expect(await samples.nearest({ target: 'image', embedding: encoded(1).embedding, k: 1e9 })).toHaveLength(5);
});
