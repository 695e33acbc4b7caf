// A model that was trained to compare (ITC) and not to match (ITM): it searches and classifies by what it learned, and says what it cannot.
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tinyBundle } from '../../fixtures/tiny-bundle.js';
import { temporaryFolder } from '../../fixtures/tiny-training.js';
import { expectContract } from '../contract-check.js';
import { dataUrl, halfPicture } from '../pictures.js';
import { type Harness, startHarness } from '../server-harness.js';

let harness: Harness;
let image: { dataUrl: string };

const post = async (path: string, body: object) => {
  const answer = await harness.request.post(path).send(body);
  expectContract(answer);
  return answer;
};

beforeAll(async () => {
  const bundle = join(await temporaryFolder(), 'itc-only');
  await cp(await tinyBundle(), bundle, { recursive: true });
  const manifest = JSON.parse(await readFile(join(bundle, 'manifest.json'), 'utf8'));
  const changed = { ...manifest, name: 'itc-only', tasks: ['retrieval', 'classify'], rerank: { candidates: 0 } };
  await writeFile(join(bundle, 'manifest.json'), JSON.stringify(changed));
  harness = await startHarness({ bundles: [bundle] });
  image = { dataUrl: dataUrl(await halfPicture('left')) };
  await harness.request.put('/v1/collections/halves').send({});
  const items = await Promise.all(
    (['left', 'top'] as const).map(async (side) => ({
      id: side,
      image: { dataUrl: dataUrl(await halfPicture(side)) },
    })),
  );
  expect((await post('/v1/collections/halves/items', { items })).status).toBe(200);
});
afterAll(() => harness.close());

describe('searches', () => {
  test.each([{}, { rerank: true }, { rerank: true, candidates: 2 }])(
    'with %j are ordered by cosine',
    async (options) => {
      const { status, body } = await post('/v1/collections/halves/search', { text: 'a red ball', k: 2, ...options });
      expect([status, body.reranked]).toEqual([200, 0]);
      const hits = body.hits as { itc: number; itm: number | null }[];
      expect(hits.map(({ itm }) => itm)).toEqual([null, null]);
      expect(hits[0]!.itc).toBeGreaterThanOrEqual(hits[1]!.itc);
    },
  );
});

describe('classification', () => {
  const body = () => ({ image, labels: ['red ball', 'blue cube'] });

  test('is by ITC where nobody says how', async () => {
    const [unsaid, said] = [
      await post('/v1/classify', body()),
      await post('/v1/classify', { ...body(), method: 'itc' }),
    ];
    expect(unsaid.status).toBe(200);
    expect(unsaid.body.labels).toEqual(said.body.labels);
  });

  test('by ITM is not offered', async () => {
    const { status, body: problem } = await post('/v1/classify', { ...body(), method: 'itm' });
    expect([status, problem.detail]).toEqual([501, 'the model itc-only does not offer matching (ITM)']);
  });
});

test('matching is not offered', async () => {
  const { status, body } = await post('/v1/match', { image, texts: ['a red ball'] });
  expect([status, body.detail]).toEqual([501, 'no loaded model offers matching (ITM)']);
});
