import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { expectContract } from '../contract-check.js';
import { dataUrl, plainPicture } from '../pictures.js';
import { type Harness, startHarness } from '../server-harness.js';

const ITEM = '/v1/collections/c/items/a';
let harness: Harness;
let red: Buffer;
let blue: Buffer;
beforeAll(async () => {
  harness = await startHarness();
  red = await plainPicture('#d02020');
  blue = await plainPicture('#2020d0', 'jpeg');
});
afterAll(() => harness.close());
beforeEach(async () => {
  await harness.request.delete('/v1/collections/c');
  await harness.request.put('/v1/collections/c');
  const metadata = { year: 2024, place: { city: 'Oslo', street: 'x' }, draft: true };
  const item = { id: 'a', image: { dataUrl: dataUrl(red) }, caption: 'a red square', metadata };
  await harness.request.post('/v1/collections/c/items').send({ items: [item, { id: 'b', caption: 'other' }] });
});

const patch = async (body: object) => {
  const answer = await harness.request.patch(ITEM).send(body);
  expectContract(answer);
  return answer;
};
const nearest = async (body: object) => {
  const answer = await harness.request.post('/v1/collections/c/search').send({ ...body, rerank: false, k: 5 });
  return answer.body.hits as { id: string; itc: number }[];
};

test('metadata are merged, and all else stays', async () => {
  const before = (await harness.request.get(ITEM)).body;
  const { status, body } = await patch({ metadata: { year: 2025, draft: null, place: { street: null }, tags: ['x'] } });
  expect(status).toBe(200);
  const metadata = { year: 2025, place: { city: 'Oslo' }, tags: ['x'] };
  expect(body).toEqual({ ...before, metadata, updatedAt: body.updatedAt });
  expect(body.updatedAt > before.updatedAt).toBe(true);
  const found = await nearest({ text: 'x', filter: { 'place.city': { eq: 'Oslo' }, year: { gte: 2025 } } });
  expect(found.map(({ id }) => id)).toEqual(['a']);
  expect((await patch({ metadata: null })).body.metadata).toBeUndefined();
});

test('patches of one item at the same time are all merged', async () => {
  const fields = Array.from({ length: 20 }, (_, n) => `f${n}`);
  await Promise.all(fields.map((field) => patch({ metadata: { [field]: 1 } })));
  expect(Object.keys((await harness.request.get(ITEM)).body.metadata)).toEqual(expect.arrayContaining(fields));
});

test('a new caption is found, and the old one no more', async () => {
  const { body } = await patch({ caption: 'a green cone' });
  expect(body).toMatchObject({ caption: 'a green cone', metadata: { year: 2024 } });
  const [best] = await nearest({ text: 'a green cone', target: 'text' });
  expect(best).toMatchObject({ id: 'a', itc: expect.closeTo(1, 4) });
  expect((await patch({ caption: 'red ball '.repeat(200) })).body.truncated).toBe(true);
});

test.each(['JSON', 'a form'])('a new picture as %s is served and found', async (how) => {
  const form = harness.request.patch(ITEM);
  const answer = await (how === 'JSON'
    ? form.send({ image: { base64: blue.toString('base64') } })
    : form.attach('image', blue, 'blue.jpg').field('metadata', '{"form":true}'));
  expectContract(answer);
  expect(answer.body).toMatchObject({ imageType: 'image/jpeg', caption: 'a red square', metadata: { year: 2024 } });
  if (how !== 'JSON') expect(answer.body.metadata.form).toBe(true);
  expect((await harness.request.get(`${ITEM}/image`)).body).toEqual(blue);
  const [best] = await nearest({ image: { base64: blue.toString('base64') } });
  expect(best).toMatchObject({ id: 'a', itc: expect.closeTo(1, 3) });
});

test('a part is removed by null, but not the last one', async () => {
  const without = await patch({ image: null });
  expect(without.body.imageUrl).toBeUndefined();
  expect((await harness.request.get(`${ITEM}/image`)).status).toBe(404);
  expect((await harness.request.get('/v1/collections/c')).body).toMatchObject({ items: 2, images: 0, texts: 2 });
  const nothing = await patch({ caption: null });
  expect([nothing.status, nothing.body.errors[0].path]).toEqual([422, 'item']);
  expect((await harness.request.get(ITEM)).body.caption).toBe('a red square');
  const swapped = await patch({ caption: null, image: { dataUrl: dataUrl(red) } });
  expect(swapped.body).toMatchObject({ imageType: 'image/png' });
  expect(swapped.body.caption).toBeUndefined();
});

test.each<[string, object, number, string]>([
  ['nothing', {}, 400, 'body'],
  ['an unknown field', { colour: 'red' }, 400, 'colour'],
  ['another id', { id: 'z' }, 400, 'id'],
  ['metadata that are a list', { metadata: [] }, 400, 'metadata'],
  ['an empty caption', { caption: ' ' }, 422, 'caption'],
  ['a picture of two forms', { image: { base64: 'x', url: 'y' } }, 400, 'image'],
  ['a picture that is none', { image: { base64: 'aGVsbG8gd29ybGQhIQ==' } }, 415, 'image'],
  ['a picture of no item', { image: { itemId: 'x', collection: 'c' } }, 404, 'image.itemId'],
])('%s is refused', async (_name, body, status, path) => {
  const answer = await patch(body);
  expect([answer.status, answer.body.errors[0].path]).toEqual([status, path]);
});

test('an unknown item or collection is a 404', async () => {
  for (const path of ['/v1/collections/c/items/x', '/v1/collections/x/items/a']) {
    const answer = await harness.request.patch(path).send({ caption: 'x' });
    expectContract(answer);
    expect(answer.status).toBe(404);
  }
});
