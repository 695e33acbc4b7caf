import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readContract } from '../../../server/http/contract.js';
import { expectContract } from '../contract-check.js';
import { type Job, jobOnce, resultsOf, startJob } from '../job-client.js';
import { dataUrl, plainPicture } from '../pictures.js';
import { type Harness, startHarness } from '../server-harness.js';

let harness: Harness;
let red: string;
beforeAll(async () => {
  harness = await startHarness({ env: { MAX_JSON_BYTES: '100000', MAX_JOB_BYTES: '1000000', MAX_RUNNING_JOBS: '1' } });
  red = dataUrl(await plainPicture('#d02020'));
});
afterAll(() => harness.close());
beforeEach(async () => {
  await harness.request.delete('/v1/collections/c');
  await harness.request.put('/v1/collections/c');
});

const start = (body: object, file?: string | Buffer) => startJob(harness.request, body, file);
const once = (job: Job, until?: (job: Job) => boolean) => jobOnce(harness.request, job.id, until);
const output = ({ id }: Job) => resultsOf(harness.request, id, 'output');
const errors = ({ id }: Job) => resultsOf(harness.request, id, 'errors');
const jsonl = (values: unknown[]) => values.map((value) => JSON.stringify(value)).join('\n');

describe('an import', () => {
  test('puts the items of a file into a collection, and says of each line what came of it', async () => {
    const lines = Array.from({ length: 70 }, (_, n) => JSON.stringify({ id: `n${n}`, caption: `caption ${n}` }));
    lines[3] = '{broken';
    lines[5] = '';
    lines[7] = JSON.stringify({ id: 'pic', image: { dataUrl: red } });
    lines[9] = JSON.stringify({ id: 'bad', image: { base64: 'aGVsbG8gd29ybGQhIQ==' } });
    lines[11] = JSON.stringify({ caption: 'without an id' });
    const started = await start({ type: 'import', collection: 'c' }, `${lines.join('\n')}\n`);
    expect(started).toMatchObject({ type: 'import', collection: 'c', counts: { total: 69, completed: 0, failed: 0 } });
    const job = await once(started);
    expect(job).toMatchObject({ status: 'completed', counts: { total: 69, completed: 67, failed: 2 } });
    const done = await output(job);
    expect(done).toHaveLength(67);
    expect(done[0]).toEqual({
      custom_id: 'n0',
      line: 1,
      response: { status_code: 200, body: { id: 'n0', status: 'created' } },
      error: null,
    });
    expect(done.find(({ line }) => line === 12)?.custom_id).toBe(`${job.id}-12`);
    expect(await errors(job)).toMatchObject([
      { custom_id: null, line: 4, response: { status_code: 400 }, error: { code: 'bad-request' } },
      { custom_id: 'bad', line: 10, response: { status_code: 415 }, error: { code: 'unsupported-type' } },
    ]);
    expect((await harness.request.get('/v1/collections/c')).body).toMatchObject({ items: 67, images: 1, texts: 66 });
  });

  test('takes its items from JSON too, and replaces those of known ids', async () => {
    const items = [
      { id: 'a', caption: 'one' },
      { id: 'a', caption: 'two', metadata: { n: 2 } },
    ];
    const job = await once(await start({ type: 'import', collection: 'c', items }));
    expect(job.counts).toEqual({ total: 2, completed: 2, failed: 0 });
    expect((await harness.request.get('/v1/collections/c/items/a')).body).toMatchObject({
      caption: 'two',
      metadata: { n: 2 },
    });
  });

  test('whose collection is deleted before its turn fails with the reason', async () => {
    const slow = await start({ type: 'import', collection: 'c', items: [{ id: 'a', caption: 'x' }] });
    await harness.request.put('/v1/collections/other');
    const second = await start({ type: 'import', collection: 'other', items: [{ id: 'a', caption: 'x' }] });
    await harness.request.delete('/v1/collections/other');
    await once(slow);
    const job = await once(second);
    // It may have begun already; then its one item is what failed.
    if (job.status === 'failed') expect(job.error).toMatchObject({ status: 404, instance: job.id });
    else expect(job.counts.failed + job.counts.completed).toBe(1);
  });
});

describe('a task', () => {
  const image = { itemId: 'p', collection: 'c' };
  beforeEach(async () => {
    const items = [{ id: 'p', image: { dataUrl: red }, caption: 'a red ball' }];
    await harness.request.post('/v1/collections/c/items').send({ items });
  });

  test('answers each request of a file as it is answered over HTTP', async () => {
    const match = { image, texts: ['a red ball', 'a blue cube'] };
    const search = { text: 'a red ball', k: 1 };
    const requests = [
      { custom_id: 'm1', method: 'POST', url: '/v1/match', body: match },
      { custom_id: 'm2', task: 'match', body: match },
      { custom_id: 's1', method: 'POST', url: '/v1/collections/c/search', body: search },
      { custom_id: 's2', task: 'search', collection: 'c', body: search },
    ];
    const job = await once(await start({ type: 'task' }, jsonl(requests)));
    expect(job).toMatchObject({ status: 'completed', counts: { total: 4, completed: 4, failed: 0 } });
    const results = await output(job);
    expect(results.map(({ custom_id, line }) => [custom_id, line])).toEqual(
      requests.map(({ custom_id }, n) => [custom_id, n + 1]),
    );
    const [m1, m2, s1, s2] = results.map(({ response }) => response.body as never);
    const overHttp = (await harness.request.post('/v1/match').send(match)).body;
    expect(m1).toEqual(overHttp);
    expect(m2).toEqual(overHttp);
    const { hits } = (await harness.request.post('/v1/collections/c/search').send(search)).body;
    expect(s1).toMatchObject({ hits, model: 'tiny' });
    expect(s2).toMatchObject({ hits, model: 'tiny' });
  });

  test('may ask every operation that is a POST answered with JSON', async () => {
    const { paths } = readContract();
    const tasks = Object.keys(paths)
      .filter((path) => paths[path]!.post && !['/v1/jobs', '/v1/collections/{collection}/items'].includes(path))
      .map((path) => path.slice(path.lastIndexOf('/') + 1));
    expect(tasks).toContain('match');
    const requests = tasks.map((task) => ({ custom_id: task, task, body: { nonsense: true } }));
    const job = await once(await start({ type: 'task', requests }));
    const failed = await errors(job);
    expect(failed.map(({ custom_id, response }) => [custom_id, response.status_code])).toEqual(
      tasks.map((task) => [task, 400]),
    );
    for (const { error } of failed) expect(error!.message).toMatch(/is missing|is not a field|collection/);
  });

  test('goes on past requests that fail, and says by their ids why', async () => {
    const body = { image, texts: ['x'] };
    const requests: [object | string, number, string | null][] = [
      [{ custom_id: 'unknown url', url: '/v1/nothing', body }, 404, 'unknown url'],
      [{ custom_id: 'unknown task', task: 'nothing', body }, 400, 'unknown task'],
      [{ custom_id: 'another method', method: 'GET', url: '/v1/match', body }, 400, 'another method'],
      [{ custom_id: 'no job', url: '/v1/jobs', body: { type: 'backup' } }, 404, 'no job'],
      [{ custom_id: 'no import', url: '/v1/collections/c/items', body: { items: [] } }, 404, 'no import'],
      [{ custom_id: 'wrong body', task: 'match', body: { image } }, 400, 'wrong body'],
      [{ custom_id: 'empty text', task: 'match', body: { image, texts: [''] } }, 422, 'empty text'],
      [
        { custom_id: 'no item', task: 'match', body: { image: { ...image, itemId: 'x' }, texts: ['x'] } },
        404,
        'no item',
      ],
      [{ custom_id: 'no collection', task: 'search', body: { text: 'x' } }, 400, 'no collection'],
      [{ custom_id: 'query', url: '/v1/match?k=1', body }, 400, 'query'],
      [{ custom_id: 'bad escape', url: '/v1/collections/%ff/search', body: { text: 'x' } }, 400, 'bad escape'],
      [{ custom_id: 'both', url: '/v1/match', task: 'match', body }, 400, 'both'],
      [{ custom_id: 'neither', body }, 400, 'neither'],
      [{ custom_id: 7, task: 'match', body }, 400, null],
      [{ task: 'match', body }, 400, null],
      ['{broken', 400, null],
      ['[]', 400, null],
      [`{"custom_id":"deep","body":${'{"a":'.repeat(5000)}1${'}'.repeat(5001)}`, 400, null],
    ];
    const lines = requests.map(([line]) => (typeof line === 'string' ? line : JSON.stringify(line)));
    const good = JSON.stringify({ custom_id: 'good', task: 'match', body });
    const job = await once(await start({ type: 'task' }, [...lines, good].join('\n')));
    expect(job).toMatchObject({ status: 'completed', counts: { completed: 1, failed: requests.length } });
    expect((await output(job)).map(({ custom_id }) => custom_id)).toEqual(['good']);
    const failed = await errors(job);
    expect(failed.map(({ response, custom_id }) => [response.status_code, custom_id])).toEqual(
      requests.map(([, status, id]) => [status, id]),
    );
    expect(failed[0]!.error!.message).toContain('/v1/match');
  });
});

describe('jobs', () => {
  test('are listed newest first, page by page, and removed with all they had once they are over', async () => {
    const made: string[] = [];
    for (let n = 0; n < 3; n++) {
      const job = await start({ type: 'import', collection: 'c', items: [{ id: `${n}`, caption: 'x' }] });
      await once(job);
      made.unshift(job.id);
    }
    const first = await harness.request.get('/v1/jobs?limit=2');
    expectContract(first);
    expect(first.body.jobs.map(({ id }: Job) => id)).toEqual(made.slice(0, 2));
    const second = await harness.request.get('/v1/jobs').query({ limit: 1, cursor: first.body.nextCursor });
    expect(second.body.jobs.map(({ id }: Job) => id)).toEqual([made[2]]);
    const removed = await harness.request.delete(`/v1/jobs/${made[0]}`);
    expectContract(removed);
    expect(removed.status).toBe(204);
    for (const path of ['', '/events', '/output', '/errors']) {
      const gone = await harness.request.get(`/v1/jobs/${made[0]}${path}`);
      expectContract(gone);
      expect(gone.status).toBe(404);
    }
    const again = await harness.request.delete(`/v1/jobs/${made[0]}`);
    expectContract(again);
    expect(again.status).toBe(404);
  });

  test.each<[string, object, number, string | undefined]>([
    ['no type', { collection: 'c' }, 400, 'type'],
    ['an unknown type', { type: 'train' }, 400, 'type'],
    ['a type that is no text', { type: 5 }, 400, 'type'],
    ['an import without items', { type: 'import', collection: 'c' }, 400, 'items'],
    ['an import of nothing', { type: 'import', collection: 'c', items: [] }, 400, 'items'],
    ['an item that is wrong', { type: 'import', collection: 'c', items: [{ id: 5 }] }, 400, 'items[0].id'],
    ['an import into no collection', { type: 'import', items: [{ caption: 'x' }] }, 400, 'collection'],
    ['an import into an unknown one', { type: 'import', collection: 'x', items: [{ caption: 'x' }] }, 404, undefined],
    ['a field of another type', { type: 'backup', collection: 'c' }, 400, 'collection'],
    ['a task without requests', { type: 'task' }, 400, 'requests'],
    [
      'a request without an id',
      { type: 'task', requests: [{ task: 'match', body: {} }] },
      400,
      'requests[0].custom_id',
    ],
    ['a reindex without a model', { type: 'reindex', collection: 'c' }, 400, 'model'],
    ['a reindex with an unknown model', { type: 'reindex', collection: 'c', model: 'x' }, 404, 'model'],
    ['a reindex of an unknown collection', { type: 'reindex', collection: 'x', model: 'tiny' }, 404, undefined],
    ['a backup elsewhere', { type: 'backup', name: '../outside' }, 400, 'name'],
  ])('with %s are refused', async (_name, body, status, path) => {
    const answer = await harness.request.post('/v1/jobs').send(body);
    expectContract(answer);
    expect([answer.status, answer.body.errors?.[0]?.path]).toEqual([status, path]);
  });

  test.each<[string, Record<string, string>, string | undefined, number]>([
    ['no file', { type: 'import', collection: 'c' }, undefined, 400],
    ['an empty file', { type: 'import', collection: 'c' }, ' \n\n', 400],
    ['no type', { collection: 'c' }, '{}', 400],
    ['another type', { type: 'backup' }, '{}', 400],
    ['no collection', { type: 'import' }, '{}', 400],
    ['an unknown collection', { type: 'import', collection: 'x' }, '{}', 404],
    ['an unknown field', { type: 'task', colour: 'red' }, '{}', 400],
    ['a file over the limit', { type: 'task' }, 'x'.repeat(1_100_000), 413],
  ])('from a form with %s are refused, and leave nothing', async (_name, fields, file, status) => {
    const before = (await harness.request.get('/v1/jobs')).body.jobs.length;
    let form = harness.request.post('/v1/jobs').field(fields);
    if (file !== undefined) form = form.attach('file', Buffer.from(file), 'lines.jsonl');
    const answer = await form;
    expectContract(answer);
    expect(answer.status, answer.text).toBe(status);
    expect((await harness.request.get('/v1/jobs')).body.jobs).toHaveLength(before);
  });

  test('from a form with two files, a file of another name, or a broken form are refused', async () => {
    const file = Buffer.from('{}');
    for (const form of [
      harness.request.post('/v1/jobs').field('type', 'task').attach('file', file, 'a').attach('file', file, 'b'),
      harness.request.post('/v1/jobs').field('type', 'task').attach('items', file, 'a'),
      harness.request.post('/v1/jobs').set('Content-Type', 'multipart/form-data; boundary=x').send('--x\r\nnonsense'),
    ]) {
      const answer = await form;
      expectContract(answer);
      expect([400, 413]).toContain(answer.status);
    }
  });

  test('with a body of another kind are refused', async () => {
    const answer = await harness.request.post('/v1/jobs').set('Content-Type', 'application/x-ndjson').send('{}');
    expectContract(answer);
    expect(answer.status).toBe(415);
  });

  test.each(['limit=0', 'limit=1001', 'cursor=a%20b', 'other=1'])('are not listed by %s', async (query) => {
    const answer = await harness.request.get(`/v1/jobs?${query}`);
    expectContract(answer);
    expect(answer.status).toBe(400);
  });
});
