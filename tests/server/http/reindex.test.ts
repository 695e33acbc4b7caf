import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PictureError } from '../../../model/image/picture.js';
import { holdCalls } from '../../fixtures/gate.js';
import { tinyBundle } from '../../fixtures/tiny-bundle.js';
import { expectContract } from '../contract-check.js';
import { jobOnce, resultsOf, startJob } from '../job-client.js';
import { dataUrl, plainPicture } from '../pictures.js';
import { type Harness, startHarness } from '../server-harness.js';

let harness: Harness;
let pictures: string[];
beforeAll(async () => {
  harness = await startHarness({ bundles: [await tinyBundle(), await tinyBundle(2, 'other')] });
  const colours = ['#d02020', '#20d020', '#2020d0', '#d0d020', '#20d0d0'];
  pictures = await Promise.all(colours.map(async (colour) => dataUrl(await plainPicture(colour))));
});
afterAll(() => harness.close());

interface Hit {
  id: string;
  itc: number;
  itm: number | null;
}

const itemOf = (id: string, n: number) => ({
  id,
  caption: `a ball of colour ${n}`,
  metadata: { n },
  image: { dataUrl: pictures[n % pictures.length]! },
});

const post = (name: string, items: object[]) => harness.request.post(`/v1/collections/${name}/items`).send({ items });

async function search(name: string, body: object) {
  const answer = await harness.request.post(`/v1/collections/${name}/search`).send(body);
  expectContract(answer);
  expect(answer.status, answer.text).toBe(200);
  return answer.body as { hits: Hit[]; model: string };
}

/** Starts a reindex with the other model, which waits while it encodes texts until it is let go. */
async function startHeld(request: { type: 'reindex'; collection: string; model: string }) {
  const { arrived, letGo } = holdCalls(harness.core.inference.models()[1]!, 'encodeTexts');
  const job = await startJob(harness.request, request);
  await arrived;
  return { job, letGo };
}

const QUERIES = [
  { text: 'a ball of colour 3', k: 1000 },
  { text: 'a ball of colour 3', k: 1000, rerank: false },
  { text: 'a ball of colour 2', target: 'text', k: 1000 },
  { text: 'anything', filter: { n: { lt: 20 } }, k: 50, rerank: false },
];

test('another model is a conflict for searches, items and the collection itself, and the answer names the way on', async () => {
  await harness.request.put('/v1/collections/c');
  const searched = await harness.request.post('/v1/collections/c/search').send({ text: 'x', model: 'other' });
  const put = await harness.request.put('/v1/collections/c').send({ model: 'other' });
  const { inference } = harness.core;
  const { modelById } = inference;
  Object.assign(inference, { modelById: () => undefined });
  const added = await post('c', [{ caption: 'x' }]);
  const asked = await harness.request.post('/v1/collections/c/search').send({ text: 'x' });
  const job = await harness.request
    .post('/v1/jobs')
    .send({ type: 'import', collection: 'c', items: [{ caption: 'x' }] });
  Object.assign(inference, { modelById });
  for (const answer of [searched, put, added, asked, job]) {
    expectContract(answer);
    expect(answer.status).toBe(409);
    expect(answer.body.detail).toContain('reindex');
  }
});

describe('a reindex', () => {
  test('goes on beside searches and writes, and ends as a collection that was built with the new model', async () => {
    await harness.request.put('/v1/collections/live').send({ description: 'kept' });
    const wanted = new Map(Array.from({ length: 150 }, (_, n): [string, number] => [`n${n}`, n]));
    await post(
      'live',
      [...wanted].map(([id, n]) => itemOf(id, n)),
    );

    const job = await startJob(harness.request, { type: 'reindex', collection: 'live', model: 'other' });
    expect(job).toMatchObject({ type: 'reindex', collection: 'live', model: 'other' });
    let isDone = false;
    const models = new Set<string>();
    const searching = (async () => {
      while (!isDone) models.add((await search('live', { text: 'a ball', k: 3 })).model);
    })();
    const writing = (async () => {
      for (let n = 0; !isDone || n < 3; n++) {
        const added = await post('live', [itemOf(`new${n}`, n), itemOf(`n${n % 50}`, n + 7)]);
        expect(added.body.results.map(({ status }: { status: string }) => status)).toEqual(['created', 'updated']);
        wanted.set(`new${n}`, n).set(`n${n % 50}`, n + 7);
        const gone = `n${149 - n}`;
        expect((await harness.request.delete(`/v1/collections/live/items/${gone}`)).status).toBe(204);
        wanted.delete(gone);
        const patched = await harness.request.patch('/v1/collections/live/items/n60').send({ caption: `version ${n}` });
        expect(patched.status).toBe(200);
      }
    })();
    const ended = await jobOnce(harness.request, job.id);
    isDone = true;
    await Promise.all([searching, writing]);
    expect(ended).toMatchObject({ status: 'completed', counts: { failed: 0 } });
    expect(ended.counts.completed).toBe(ended.counts.total);
    expect(models).toContain('other');

    const info = (await harness.request.get('/v1/collections/live')).body;
    expect(info).toMatchObject({ model: 'other', description: 'kept', items: wanted.size, images: wanted.size });
    await harness.request.put('/v1/collections/fresh').send({ model: 'other' });
    const { caption } = (await harness.request.get('/v1/collections/live/items/n60')).body;
    const order = (await harness.request.get('/v1/collections/live/items?limit=1000')).body.items as { id: string }[];
    const fresh = order.map(({ id }) => ({ ...itemOf(id, wanted.get(id)!), ...(id === 'n60' ? { caption } : {}) }));
    for (let at = 0; at < fresh.length; at += 500) await post('fresh', fresh.slice(at, at + 500));
    for (const query of QUERIES) {
      const [{ hits: rebuilt }, { hits: built }] = [await search('live', query), await search('fresh', query)];
      expect(rebuilt.map(({ itc }) => itc.toFixed(4))).toEqual(built.map(({ itc }) => itc.toFixed(4)));
      const itms = new Map(built.map(({ id, itm }) => [id, itm]));
      for (const { id, itm } of rebuilt) {
        if (itm === null) expect(itms.get(id)).toBeNull();
        else expect(itm).toBeCloseTo(itms.get(id)!, 3);
      }
    }
  });

  test('keeps an item whose picture the new model cannot use, and says so', async () => {
    await harness.request.put('/v1/collections/odd');
    await post('odd', [itemOf('good', 1), itemOf('bad', 2)]);
    const model = harness.core.inference.models()[1]!;
    const { encodeImages } = model;
    let seen = 0;
    model.encodeImages = async (images, options) => {
      const encoded = await encodeImages.call(model, images, options);
      return encoded.map((one) => (seen++ === 1 ? new PictureError('timeout', 'less time', 'more') : one));
    };
    const job = await startJob(harness.request, { type: 'reindex', collection: 'odd', model: 'other' });
    const ended = await jobOnce(harness.request, job.id);
    model.encodeImages = encodeImages;
    expect(ended).toMatchObject({ status: 'completed', counts: { total: 2, completed: 1, failed: 1 } });
    expect(await resultsOf(harness.request, job.id, 'errors')).toMatchObject([
      { custom_id: 'bad', response: { status_code: 422 } },
    ]);
    expect((await harness.request.get('/v1/collections/odd')).body).toMatchObject({ items: 2, images: 1, texts: 2 });
    expect((await harness.request.get('/v1/collections/odd/items/bad/image')).status).toBe(200);
  });

  test('that is cancelled leaves the collection with its model', async () => {
    await harness.request.put('/v1/collections/stays');
    await post('stays', [itemOf('a', 1)]);
    // Cancelled any earlier, it would be over before anyone could see it end.
    const { job, letGo } = await startHeld({ type: 'reindex', collection: 'stays', model: 'other' });
    const cancelling = harness.request.delete(`/v1/jobs/${job.id}`).then((answer) => answer);
    await jobOnce(harness.request, job.id, ({ status }) => status === 'cancelling');
    letGo();
    expect((await cancelling).body.status).toBe('cancelled');
    expect((await harness.request.get('/v1/collections/stays')).body).toMatchObject({ model: 'tiny', items: 1 });
    expect((await search('stays', { text: 'a ball' })).hits).toHaveLength(1);
  });

  test('of a collection that is being rebuilt is refused, and has failed where it was taken in before', async () => {
    await harness.request.put('/v1/collections/twice');
    await post('twice', [itemOf('a', 1)]);
    const request = { type: 'reindex', collection: 'twice', model: 'other' } as const;
    const { job: first, letGo } = await startHeld(request);
    const refused = await harness.request.post('/v1/jobs').send(request);
    expectContract(refused);
    const waited = await harness.core.jobs.create(async () => ({ request, total: 0 }));
    const { status, error } = await jobOnce(harness.request, waited.id);
    letGo();
    const conflict = { type: 'urn:maskvlm:conflict', detail: expect.stringContaining('once at a time') };
    expect([refused.status, refused.body]).toEqual([409, expect.objectContaining(conflict)]);
    expect([status, error]).toEqual(['failed', expect.objectContaining(conflict)]);
    expect((await jobOnce(harness.request, first.id)).status).toBe('completed');
  });

  test('lets an import that runs go on with the new model', async () => {
    await harness.request.put('/v1/collections/moving');
    await post('moving', [itemOf('first', 0)]);
    const items = Array.from({ length: 200 }, (_, n) => itemOf(`n${n}`, n));
    const importing = await startJob(harness.request, { type: 'import', collection: 'moving', items });
    const reindex = await startJob(harness.request, { type: 'reindex', collection: 'moving', model: 'other' });
    const [imported, rebuilt] = await Promise.all([
      jobOnce(harness.request, importing.id),
      jobOnce(harness.request, reindex.id),
    ]);
    expect(rebuilt.status).toBe('completed');
    expect(imported).toMatchObject({ status: 'completed', counts: { total: 200, completed: 200, failed: 0 } });
    await harness.request.put('/v1/collections/unmoved').send({ model: 'other' });
    await post('unmoved', [itemOf('first', 0), ...items]);
    const query = { text: 'a ball of colour 9', k: 300, candidates: 300, rerank: false };
    const [moved, unmoved] = await Promise.all([search('moving', query), search('unmoved', query)]);
    expect(moved.hits).toHaveLength(201);
    expect(moved.hits.map(({ itc }) => itc.toFixed(4))).toEqual(unmoved.hits.map(({ itc }) => itc.toFixed(4)));
  });
});
