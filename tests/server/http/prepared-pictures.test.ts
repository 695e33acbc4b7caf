// What is prepared of pictures when they are added: it saves time in every match, and changes no answer.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { preparedSize } from '../../../model/maskvlm/prepared-image.js';
import { TINY } from '../../fixtures/tiny-bundle.js';
import { dataUrl, plainPicture } from '../pictures.js';
import { type Harness, startHarness } from '../server-harness.js';

const COLORS = ['#d02020', '#20d020', '#2020d0', '#d0d020'];
const BYTES = 2 * preparedSize(TINY);
/** Of a page of the store, to which values are rounded up. */
const PAGE = 4096;

let harnesses: Record<'all' | 'some' | 'none', Harness>;
beforeAll(async () => {
  const start = (bytes: number) => startHarness({ env: { PREPARED_BYTES: String(bytes) } });
  harnesses = { all: await start(2 ** 30), some: await start(2 * BYTES + PAGE), none: await start(0) };
  const pictures = await Promise.all(COLORS.map((color) => plainPicture(color)));
  for (const { request } of Object.values(harnesses)) {
    await request.put('/v1/collections/c');
    for (const [n, picture] of pictures.entries()) {
      const items = [{ id: `p${n}`, image: { dataUrl: dataUrl(picture) } }];
      await request.post('/v1/collections/c/items').send({ items });
    }
  }
});
afterAll(() => Promise.all(Object.values(harnesses).map((harness) => harness.close())));

const room = ({ core }: Harness) => core.limits.preparedBytes - core.collections.get('c').preparedRoom();

describe('pictures in the store', () => {
  test('are prepared as long as there is room', () => {
    expect(room(harnesses.all)).toBeGreaterThanOrEqual(COLORS.length * BYTES);
    expect(room(harnesses.some)).toBeGreaterThanOrEqual(BYTES);
    expect(room(harnesses.some)).toBeLessThan(room(harnesses.all));
    expect(room(harnesses.none)).toBe(0);
  });

  test('match as they do when everything is computed again', async () => {
    const itms: number[][] = [];
    for (const { request } of Object.values(harnesses)) {
      const { body } = await request.post('/v1/collections/c/search').send({ text: 'a red ball' });
      expect(body.reranked).toBe(COLORS.length);
      const hits = body.hits as { id: string; itm: number }[];
      itms.push(hits.toSorted((a, b) => a.id.localeCompare(b.id)).map(({ itm }) => itm));
    }
    const [all, some, none] = itms as [number[], number[], number[]];
    for (const [i, itm] of none.entries()) {
      expect(Math.abs(all[i]! - itm)).toBeLessThan(2e-3);
      expect(Math.abs(some[i]! - itm)).toBeLessThan(2e-3);
    }
  });

  test('give their room back when they go', async () => {
    const { request } = harnesses.all;
    for (const n of COLORS.keys()) await request.delete(`/v1/collections/c/items/p${n}`);
    expect(room(harnesses.all)).toBeLessThan(BYTES);
  });
});
