import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tinyBundle } from '../../fixtures/tiny-bundle.js';
import { expectContract } from '../contract-check.js';
import { dataUrl, plainPicture } from '../pictures.js';
import { type Harness, startHarness } from '../server-harness.js';

const COLORS = ['#d02020', '#20d020', '#2020d0', '#d0d020', '#20d0d0', '#d020d0', '#202020', '#f0f0f0'];
let harness: Harness;
let pictures: Buffer[];

beforeAll(async () => {
  harness = await startHarness({ bundles: [await tinyBundle(), await tinyBundle(2, 'other')] });
  pictures = await Promise.all(COLORS.map((color) => plainPicture(color)));
  await harness.request.put('/v1/collections/c');
  await harness.request.post('/v1/collections/c/items').send({
    items: pictures.map((picture, n) => ({
      id: `p${n}`,
      image: { dataUrl: dataUrl(picture) },
      caption: `a ball of colour ${n}`,
      metadata: { n, even: n % 2 === 0 },
    })),
  });
});
afterAll(() => harness.close());

const search = async (body: object) => {
  const answer = await harness.request.post('/v1/collections/c/search').send(body);
  expectContract(answer);
  return answer;
};
interface Hit {
  id: string;
  score: number;
  itc: number;
  itm: number | null;
}

function expectSorted(hits: Hit[]): void {
  const scores = hits.map(({ score }) => score);
  expect(scores).toEqual([...scores].sort((a, b) => b - a));
}

describe('search', () => {
  test('text to image: every candidate is re-ranked, and the hits are ordered by the match probability', async () => {
    const { body } = await search({ text: 'a red ball' });
    expect(body).toMatchObject({ reranked: 8, truncated: false, model: 'tiny' });
    expect(body.hits).toHaveLength(8);
    for (const hit of body.hits as Hit[]) expect(hit.score).toBe(hit.itm);
    expectSorted(body.hits);
    expect(body.hits[0]).toMatchObject({
      imageUrl: expect.stringContaining('/v1/collections/c/items/p'),
      caption: expect.any(String),
    });
    const { decodeMs, encodeMs, annMs, rerankMs, totalMs } = body.timings;
    expect(totalMs).toBeGreaterThan(0);
    expect(decodeMs + encodeMs + annMs + rerankMs).toBeLessThan(totalMs * 1.5);
  });

  test('without re-ranking the cosine orders', async () => {
    const { body } = await search({ text: 'a red ball', rerank: false });
    expect(body.reranked).toBe(0);
    for (const hit of body.hits as Hit[]) expect([hit.score, hit.itm]).toEqual([hit.itc, null]);
    expectSorted(body.hits);
  });

  test('image to text is re-ranked too, whichever way the image comes', async () => {
    const forms = [
      { image: { dataUrl: dataUrl(pictures[0]!) } },
      { image: { base64: pictures[0]!.toString('base64') } },
      { image: { itemId: 'p0', collection: 'c' } },
      { itemId: 'p0' },
    ];
    const answers = await Promise.all(forms.map((form) => search({ ...form, target: 'text', k: 3 })));
    const file = await harness.request
      .post('/v1/collections/c/search')
      .attach('image', pictures[0]!, 'p.png')
      .field({ target: 'text', k: '3', rerank: 'true' });
    expectContract(file);
    for (const { body } of [...answers, file]) {
      expect(body.reranked).toBe(8);
      expect(body.hits.map(({ id }: Hit) => id)).toEqual(answers[0]!.body.hits.map(({ id }: Hit) => id));
      body.hits.forEach((hit: Hit, n: number) => {
        expect(hit.itm).toBeCloseTo(answers[0]!.body.hits[n].itm, 6);
      });
    }
  });

  test('image to image and text to text are ranked by cosine alone, and find themselves', async () => {
    const byImage = await search({ image: { dataUrl: dataUrl(pictures[3]!) }, k: 2 });
    expect(byImage.body.hits[0]).toMatchObject({ id: 'p3', itm: null });
    expect(byImage.body.hits[0].itc).toBeCloseTo(1, 3);
    const byText = await search({ text: 'a ball of colour 5', target: 'text', k: 2 });
    expect(byText.body.hits[0]).toMatchObject({ id: 'p5', itm: null });
    expect(byText.body.reranked).toBe(0);
  });

  test('pages do not overlap and together are the whole order', async () => {
    const whole = (await search({ text: 'a ball', k: 6 })).body.hits;
    const pages = await Promise.all([0, 2, 4].map((offset) => search({ text: 'a ball', k: 2, offset })));
    expect(pages.flatMap(({ body }) => body.hits.map(({ id }: Hit) => id))).toEqual(whole.map(({ id }: Hit) => id));
  });

  test('only as many candidates as asked for are re-ranked', async () => {
    const { body } = await search({ text: 'a ball', k: 2, candidates: 3 });
    expect([body.reranked, body.hits.length]).toEqual([3, 2]);
  });

  test('a filter is exact', async () => {
    const { body } = await search({ text: 'a ball', filter: { and: [{ even: { eq: true } }, { n: { gt: 2 } }] } });
    expect(body.hits.map(({ id }: Hit) => id).sort()).toEqual(['p4', 'p6']);
    const form = await harness.request
      .post('/v1/collections/c/search')
      .attach('image', pictures[0]!, 'p.png')
      .field('filter', JSON.stringify({ n: { in: [1, 2] } }));
    expect(form.body.hits.map(({ id }: Hit) => id).sort()).toEqual(['p1', 'p2']);
  });

  test('a text beyond the model is cut, and the answer says so', async () => {
    expect((await search({ text: 'ball '.repeat(1500) })).body.truncated).toBe(true);
  });

  test('an empty collection has no hits', async () => {
    await harness.request.put('/v1/collections/empty');
    const answer = await harness.request.post('/v1/collections/empty/search').send({ text: 'anything' });
    expectContract(answer);
    expect(answer.body.hits).toEqual([]);
  });

  test('the header Server-Timing has the stages', async () => {
    const { headers } = await search({ text: 'a ball' });
    expect(headers['server-timing']).toMatch(/encode;dur=[\d.]+, feed;dur=[\d.]+, model;dur=[\d.]+/);
  });

  test.each<[string, object, number, string]>([
    ['k = 0', { text: 'x', k: 0 }, 400, 'k'],
    ['k = 1e9', { text: 'x', k: 1e9 }, 400, 'k'],
    ['k = 1.5', { text: 'x', k: 1.5 }, 400, 'k'],
    ['k as text', { text: 'x', k: '5' }, 400, 'k'],
    ['fewer candidates than the page needs', { text: 'x', k: 5, offset: 5, candidates: 9 }, 400, 'candidates'],
    ['no query', { k: 5 }, 400, 'body'],
    ['two queries', { text: 'x', itemId: 'p0' }, 400, 'body'],
    ['an unknown target', { text: 'x', target: 'sound' }, 400, 'target'],
    ['an unknown field', { text: 'x', topK: 5 }, 400, 'topK'],
    ['an unknown operator', { text: 'x', filter: { n: { near: 1 } } }, 400, 'filter.n.near'],
    ['an empty filter', { text: 'x', filter: {} }, 400, 'filter'],
    ['an empty text', { text: '' }, 422, 'text'],
    ['a text of blanks', { text: ' \t\n' }, 422, 'text'],
    ['10,000 words', { text: 'word '.repeat(10_000) }, 422, 'text'],
    ['an unknown item', { itemId: 'nobody' }, 404, 'itemId'],
    ['an unknown model', { text: 'x', model: 'nobody' }, 404, 'model'],
    ['an image of an unknown item', { image: { itemId: 'nobody', collection: 'c' } }, 404, 'image.itemId'],
    ['an image by address', { image: { url: 'http://169.254.169.254/' } }, 422, 'image.url'],
  ])('%s is refused', async (_name, body, status, path) => {
    const answer = await search(body);
    expect([answer.status, answer.body.errors[0].path]).toEqual([status, path]);
  });

  test('another model than the collection was built with is a conflict', async () => {
    expect((await search({ text: 'x', model: 'other' })).status).toBe(409);
  });

  test('an unknown collection is a 404', async () => {
    const answer = await harness.request.post('/v1/collections/nobody/search').send({ text: 'x' });
    expectContract(answer);
    expect(answer.status).toBe(404);
    expect(answer.body.detail).toContain('nobody');
  });
});

describe('match', () => {
  const match = async (body: object) => {
    const answer = await harness.request.post('/v1/match').send(body);
    expectContract(answer);
    return answer;
  };

  test('scores every text against the picture, and agrees with search', async () => {
    const texts = ['a ball of colour 0', 'a ball of colour 1', 'something else'];
    const { body } = await match({ image: { itemId: 'p0', collection: 'c' }, texts });
    expect(body.scores.map(({ text }: { text: string }) => text)).toEqual(texts);
    const { body: found } = await search({ itemId: 'p0', target: 'text' });
    for (const n of [0, 1]) {
      const hit = found.hits.find(({ id }: Hit) => id === `p${n}`);
      expect(body.scores[n].itm).toBeCloseTo(hit.itm, 5);
      expect(body.scores[n].itc).toBeCloseTo(hit.itc, 5);
    }
  });

  test('takes a file and repeated fields, or a JSON list', async () => {
    const repeated = await harness.request
      .post('/v1/match')
      .attach('image', pictures[0]!, 'p.png')
      .field('texts', ['one', 'two']);
    const list = await harness.request
      .post('/v1/match')
      .attach('image', pictures[0]!, 'p.png')
      .field('texts', '["one","two"]');
    for (const answer of [repeated, list]) {
      expectContract(answer);
      expect(answer.body.scores.map(({ text }: { text: string }) => text)).toEqual(['one', 'two']);
    }
  });

  test('many texts are one request', async () => {
    const { body } = await match({
      image: { itemId: 'p0', collection: 'c' },
      texts: Array.from({ length: 300 }, (_, n) => `text ${n}`),
    });
    expect(body.scores).toHaveLength(300);
  });

  test.each<[string, object, number, string]>([
    ['no texts', { image: { itemId: 'p0', collection: 'c' }, texts: [] }, 400, 'texts'],
    ['no image', { texts: ['x'] }, 400, 'image'],
    ['an empty text', { image: { itemId: 'p0', collection: 'c' }, texts: ['x', ''] }, 422, 'texts[1]'],
    ['a text file', { image: { base64: Buffer.from('just text').toString('base64') }, texts: ['x'] }, 415, 'image'],
  ])('%s is refused', async (_name, body, status, path) => {
    const answer = await match(body);
    expect([answer.status, answer.body.errors[0].path]).toEqual([status, path]);
  });
});
