import { describe, expect, test } from 'vitest';
import type { ItemChange, StoredItem } from '../../../server/collections/stored-item.js';
import { idsOf, openSamples } from './open-samples.js';
import { encoded, sampleItem } from './sample-items.js';

const ODD_IDS = [
  'a',
  '0',
  '.',
  '..',
  'a/b?c=d#e%2F',
  ' spaced ',
  'Ünï çødé',
  '\u{1f469}\u200d\u{1f680}',
  'מזהה',
  '"quoted\\',
  '\u{10ffff}'.repeat(256),
  'x'.repeat(256),
  'e\u0301',
  '\u00e9',
  '__proto__',
];

describe('items', () => {
  test('are read back as they were put, also after closing and opening again', async () => {
    let opened = await openSamples();
    const item = sampleItem('one', 3);
    expect(await opened.samples.put([item])).toEqual(['created']);
    for (let round = 0; round < 2; round++) {
      const { samples } = opened;
      const { createdAt, updatedAt, ...rest } = samples.get('one')!;
      expect(rest).toEqual({
        id: 'one',
        caption: 'caption 3',
        metadata: { seed: 3, colour: 'blue' },
        picture: { mediaType: 'image/png', width: 10, height: 20, bytes: 3000 },
        image: { rows: 4 },
        text: { rows: 4 },
      });
      expect(Date.parse(createdAt)).toBeLessThanOrEqual(Date.parse(updatedAt));
      expect(samples.picture('one')).toEqual(item.picture);
      expect(samples.encoded('image', 'one')!.embedding).toEqual(item.image!.embedding);
      expect(samples.encoded('text', 'none')).toBeUndefined();
      expect(opened.tokens('text', 'one')).toEqual(item.text!.tokens);
      expect(opened.tokens('image', 'one')).toEqual(item.image!.tokens);
      expect(samples.info()).toMatchObject({ name: 'samples', items: 1, images: 1, texts: 1 });
      opened = await opened.reopened();
    }
  });

  test('are replaced wholly, in their place in the list', async () => {
    const opened = await openSamples();
    const { samples } = opened;
    await samples.put([sampleItem('a', 1), sampleItem('b', 2)]);
    const key = samples.encoded('image', 'a')!.tokens;
    expect(await samples.put([{ id: 'a', caption: 'only words', text: encoded(9) }])).toEqual(['updated']);
    const { createdAt, updatedAt, ...rest } = samples.get('a')!;
    expect(rest).toEqual({ id: 'a', caption: 'only words', text: { rows: 2 } });
    expect(samples.picture('a')).toBeUndefined();
    expect(samples.encoded('image', 'a')).toBeUndefined();
    expect(opened.tokensAt(key)).toBeUndefined();
    expect(opened.tokens('text', 'a')).toEqual(encoded(9).tokens);
    expect(samples.info()).toMatchObject({ items: 2, images: 1, texts: 2 });
    const left = await samples.nearest({ target: 'image', embedding: encoded(1).embedding, k: 9 });
    expect(idsOf(samples, left)).toEqual(['b']);
    expect(samples.list({ limit: 9 }).items.map(({ id }) => id)).toEqual(['a', 'b']);
  });

  test.each<{ name: string; change: ItemChange; want: object; images: number }>([
    {
      name: 'metadata',
      change: { metadata: { new: [1] } },
      want: { metadata: { new: [1] }, caption: 'caption 1' },
      images: 1,
    },
    { name: 'no caption', change: { caption: null }, want: { metadata: { seed: 1 }, image: { rows: 2 } }, images: 1 },
    { name: 'no picture', change: { picture: null, image: null }, want: { caption: 'caption 1' }, images: 0 },
    { name: 'nothing', change: {}, want: { caption: 'caption 1', image: { rows: 2 } }, images: 1 },
  ])('are patched: $name', async ({ change, want, images }) => {
    const { samples } = await openSamples();
    await samples.put([sampleItem('a', 1)]);
    expect(await samples.patch('a', change)).toBe(true);
    const item = samples.get('a')!;
    expect(item).toMatchObject(want);
    for (const [part, value] of Object.entries(change)) if (value === null) expect(item).not.toHaveProperty(part);
    expect(samples.info()).toMatchObject({ items: 1, images, texts: 1 });
    const hits = await samples.nearest({ target: 'image', embedding: encoded(1).embedding, k: 3 });
    expect(hits).toHaveLength(images);
    expect(await samples.patch('b', change)).toBe(false);
  });

  test('are gone once deleted, and may come back as new ones', async () => {
    const opened = await openSamples();
    const { samples } = opened;
    await samples.put([sampleItem('a', 1), sampleItem('b', 2)]);
    expect(await samples.delete('a')).toBe(true);
    expect(await samples.delete('a')).toBe(false);
    expect(await samples.delete('never')).toBe(false);
    expect(samples.get('a')).toBeUndefined();
    expect(samples.picture('a')).toBeUndefined();
    expect(await samples.nearest({ target: 'text', embedding: encoded(1).embedding, k: 9 })).toHaveLength(1);
    expect(await samples.put([sampleItem('a', 3)])).toEqual(['created']);
    const again = (await opened.reopened()).samples;
    expect(again.list({ limit: 9 }).items.map(({ id }) => id)).toEqual(['b', 'a']);
    expect(again.info()).toMatchObject({ items: 2, images: 2, texts: 2 });
  });

  test('take any printable id', async () => {
    const opened = await openSamples();
    await opened.samples.put(ODD_IDS.map((id, i) => sampleItem(id, i)));
    const { samples } = await opened.reopened();
    for (const [i, id] of ODD_IDS.entries()) {
      expect(samples.get(id)).toMatchObject({ id, caption: `caption ${i}` });
      const [hit] = await samples.nearest({ target: 'image', embedding: encoded(i).embedding, k: 1 });
      expect(samples.at(hit!.label)!.id).toBe(id);
    }
    for (const id of ODD_IDS) expect(await samples.delete(id)).toBe(true);
    expect(samples.info().items).toBe(0);
  });

  test('put at the same time under one id end as one item with the parts of the last', async () => {
    const { samples } = await openSamples();
    const rounds = Array.from({ length: 20 }, (_, i) =>
      samples.put([sampleItem('same', i), sampleItem(`own ${i}`, i)]),
    );
    const statuses = await Promise.all(rounds);
    expect(statuses.filter(([status]) => status === 'created')).toHaveLength(1);
    expect(samples.get('same')).toMatchObject({ caption: 'caption 19' });
    const hits = await samples.nearest({ target: 'image', embedding: encoded(19).embedding, k: 50 });
    expect(idsOf(samples, hits).filter((id) => id === 'same')).toHaveLength(1);
    expect(hits).toHaveLength(21);
    expect(samples.info()).toMatchObject({ items: 21, images: 21 });
  });

  test('follow puts, patches and deletes in the order they were made', async () => {
    const { samples } = await openSamples();
    const done = await Promise.all([
      samples.put([sampleItem('a', 1), sampleItem('a', 2)]),
      samples.patch('a', { caption: 'patched' }),
      samples.delete('a'),
      samples.patch('a', { caption: 'too late' }),
      samples.put([sampleItem('a', 3)]),
      samples.patch('a', { image: null }),
      samples.delete('b'),
    ]);
    expect(done).toEqual([['created', 'updated'], true, true, false, ['created'], true, false]);
    expect(samples.get('a')).toMatchObject({ caption: 'caption 3' });
    expect(samples.info()).toMatchObject({ items: 1, images: 0, texts: 1 });
    expect(await samples.nearest({ target: 'image', embedding: encoded(3).embedding, k: 3 })).toEqual([]);
  });

  const deep = (levels: number): Record<string, unknown> => {
    let value = {};
    for (let i = 0; i < levels; i++) value = { value };
    return value;
  };
  test.each<{ name: string; item: object; message: string }>([
    { name: 'an empty id', item: { id: '' }, message: 'id: expected 1 to 256 characters, got 0' },
    {
      name: 'an id of 257 characters',
      item: { id: '\u{1f600}'.repeat(257) },
      message: 'id: expected 1 to 256 characters',
    },
    {
      name: 'an id with a line break',
      item: { id: 'a\nb' },
      message: 'id: expected printable characters, got "a\\nb"',
    },
    { name: 'an id with half a character', item: { id: 'a\ud800' }, message: 'id: expected printable characters' },
    { name: 'no id', item: {}, message: 'id: expected' },
    {
      name: 'a caption that is no text',
      item: { id: 'x', caption: 5 },
      message: 'caption: expected a string, got number',
    },
    {
      name: 'metadata that are a list',
      item: { id: 'x', metadata: [] },
      message: 'metadata: expected an object, got an array',
    },
    {
      name: 'deep metadata',
      item: { id: 'x', metadata: deep(50_000) },
      message: 'metadata: expected at most 32 levels',
    },
    {
      name: 'an embedding of another size',
      item: { id: 'x', image: { ...encoded(1), embedding: new Float32Array(17).fill(1) } },
      message: 'image embedding: expected 16 numbers, got 17',
    },
    {
      name: 'an embedding with a NaN',
      item: { id: 'x', text: { ...encoded(1), embedding: new Float32Array(16).fill(Number.NaN) } },
      message: 'text embedding: expected finite numbers, got NaN at 0',
    },
    {
      name: 'an embedding of zeros',
      item: { id: 'x', text: { ...encoded(1), embedding: new Float32Array(16) } },
      message: 'text embedding: expected a direction, got only zeros',
    },
    {
      name: 'uneven tokens',
      item: { id: 'x', image: { ...encoded(2), rows: 5 } },
      message: 'image tokens: expected 5 equal rows',
    },
  ])('are refused with $name, and those put with them too', async ({ item, message }) => {
    const { samples } = await openSamples();
    await expect(samples.put([sampleItem('good', 1), item as StoredItem])).rejects.toThrow(message);
    expect(samples.info().items).toBe(0);
    expect(samples.get('good')).toBeUndefined();
  });

  test('with ids that can not exist are not found', async () => {
    const { samples } = await openSamples();
    for (const id of ['', 'a\n', 'y'.repeat(5000)]) {
      expect(samples.get(id)).toBeUndefined();
      expect(await samples.delete(id)).toBe(false);
      expect(await samples.patch(id, { caption: 'x' })).toBe(false);
    }
  });
});

describe('list', () => {
  test('goes through all items once, whatever is deleted or added meanwhile', async () => {
    const { samples } = await openSamples();
    await samples.put(Array.from({ length: 25 }, (_, i) => ({ id: `item ${i}` })));
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = samples.list({ limit: 4, cursor });
      seen.push(...page.items.map(({ id }) => id));
      // What the cursor stands on goes, something still to come goes, and something new comes.
      await samples.delete(page.items.at(-1)!.id);
      await samples.delete(`item ${seen.length + 5}`);
      if (seen.length < 20) await samples.put([{ id: `new ${seen.length}` }, { id: 'item 0', caption: 'again' }]);
      cursor = page.nextCursor ?? undefined;
    } while (cursor);
    expect(new Set(seen).size).toBe(seen.length);
    const old = seen.filter((id) => id.startsWith('item'));
    expect(old).toEqual([...old].sort((a, b) => Number(a.slice(5)) - Number(b.slice(5))));
    for (const { id } of samples.list({ limit: 100 }).items) expect(seen).toContain(id);
  });

  test.each([
    {
      name: 'a made-up cursor',
      query: { limit: 3, cursor: 'nonsense' },
      message: 'cursor: expected one from an earlier answer',
    },
    { name: 'no items', query: { limit: 0 }, message: 'limit: expected a whole number from 1 and up, got 0' },
    { name: 'half an item', query: { limit: 1.5 }, message: 'limit: expected' },
  ])('refuses $name', async ({ query, message }) => {
    const { samples } = await openSamples();
    expect(() => samples.list(query)).toThrow(message);
  });
});
