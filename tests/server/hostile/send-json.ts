// Sends JSON that is too deep, too wide or none at all to every place that takes JSON.
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type supertest from 'supertest';
import type { Response } from 'supertest';
import { expect } from 'vitest';
import { createRng } from '../../../model/random.js';
import { operationsOf, readContract } from '../../../server/http/contract.js';
import { HOSTILE_JSON } from '../../fixtures/hostile-json.js';
import { expectContract } from '../contract-check.js';
import { isOver, type Job } from '../job-client.js';
import { plainPicture } from '../pictures.js';

type Client = ReturnType<typeof supertest>;
type Send = (client: Client, json: string, picture: Buffer) => PromiseLike<Response>;

const COLLECTION = '/v1/collections/json';
const ITEMS = `${COLLECTION}/items`;
const IDS: Record<string, string> = { collection: 'json', id: 'good', job: 'none' };

const raw = (client: Client, path: string, type: string, body: string) =>
  client.post(path).set('Content-Type', type).send(body);
const bodyOf = (client: Client, path: string, body: string) => raw(client, path, 'application/json', body);

/** Every operation that takes a JSON body gets it as that. */
const BODIES = operationsOf(readContract())
  .filter(({ operation }) => operation.requestBody?.content['application/json'])
  .map(({ operation, method, path }): [string, Send] => {
    const url = path.replace(/\{(\w+)\}/g, (_all, name: string) => IDS[name]!);
    const send: Send = (client, json) => client[method](url).set('Content-Type', 'application/json').send(json);
    return [`the body of ${operation.operationId}`, send];
  });

const PLACES: [string, Send][] = [
  ...BODIES,
  ['a line', (client, json) => raw(client, ITEMS, 'application/x-ndjson', `${json}\n{"id":"x","caption":"a ball"}\n`)],
  [
    'metadata',
    (client, json) => bodyOf(client, ITEMS, `{"items":[{"id":"x","caption":"x","metadata":{"a":${json}}}]}`),
  ],
  [
    'metadata of a line',
    (client, json) => raw(client, ITEMS, 'application/x-ndjson', `{"caption":"x","metadata":${json}}`),
  ],
  ['metadata of a form', (client, json, file) => client.post(ITEMS).attach('image', file, 'x').field('metadata', json)],
  [
    'a filter',
    (client, json) => bodyOf(client, `${COLLECTION}/search`, `{"text":"x","filter":{"a":{"in":[${json}]}}}`),
  ],
  ['a filter of a form', (client, json) => client.post(`${COLLECTION}/search`).field({ text: 'x', filter: json })],
  ['nested filters', (client, json) => bodyOf(client, `${COLLECTION}/search`, `{"text":"x","filter":${json}}`)],
  ['texts', (client, json) => bodyOf(client, '/v1/match', `{"image":{"base64":""},"texts":[${json}]}`)],
  [
    'labels of a form',
    (client, json, file) => client.post('/v1/classify').attach('image', file, 'x').field('labels', json),
  ],
  [
    'a mask',
    (client, json) => bodyOf(client, '/v1/reconstruct', `{"image":{"base64":""},"text":"x","imageMask":${json}}`),
  ],
  ['an input', (client, json) => bodyOf(client, '/v1/embeddings', `{"input":${json}}`)],
  [
    'the lines of a job',
    (client, json) =>
      client
        .post('/v1/jobs')
        .field('type', 'task')
        .attach('file', Buffer.from(`${json}\n${json}`), 'x'),
  ],
  [
    'a request of a job',
    (client, json) =>
      bodyOf(client, '/v1/jobs', `{"type":"task","requests":[{"custom_id":"a","task":"match","body":${json}}]}`),
  ],
  ['a picture', (client, json) => bodyOf(client, ITEMS, `{"items":[{"image":${json}}]}`)],
  ['a packed body', (client, json) => packed(client, gzipSync(json), 'gzip')],
];

const packed = (client: Client, body: Buffer, encoding: string): PromiseLike<Response> =>
  client
    .post(ITEMS)
    .set({ 'Content-Type': 'application/json', 'Content-Encoding': encoding })
    .serialize((value: unknown) => value as string)
    .send(body);

/** Bodies that grow a thousand times and more when they are unpacked. */
const BOMBS: Record<string, () => [Buffer, string]> = {
  'half a gibibyte of spaces in gzip': () => [gzipSync(Buffer.alloc(2 ** 29, ' ')), 'gzip'],
  'half a gibibyte of spaces in brotli': () => [
    brotliCompressSync(Buffer.alloc(2 ** 29, ' '), { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }),
    'br',
  ],
  'gzip that is cut off': () => [gzipSync('{"items":[]}').subarray(0, 15), 'gzip'],
  'gzip that is none': () => [Buffer.from('{"items":[]}'), 'gzip'],
  'gzip in gzip': () => [gzipSync(gzipSync('{"items":[{"caption":"x"}]}')), 'gzip'],
};

async function expectRefused(sending: PromiseLike<Response>, what: string): Promise<number> {
  const answer = await sending;
  const told = `${what}: ${answer.status} ${answer.text?.slice(0, 300)}`;
  expect(answer.status < 500 || answer.status === 501, told).toBe(true);
  if (answer.status !== 404) expectContract(answer);
  return answer.status;
}

/** Jobs that were taken in go through their lines; none of them is the end of the server. */
async function endJobs(client: Client): Promise<void> {
  for (;;) {
    const { jobs } = (await client.get('/v1/jobs?limit=1000')).body as { jobs: Job[] };
    for (const job of jobs.filter(isOver)) {
      expect(job.error?.status ?? 0, JSON.stringify(job)).not.toBe(500);
      await client.delete(`/v1/jobs/${job.id}`);
    }
    if (jobs.every(isOver)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/**
 * Sends JSON to places, at first each kind once and each place once, then at random, and some packed bodies. None is answered with a 500.
 * Answers how many were answered with which status.
 */
export async function sendHostileJson(client: Client, count: number, seed = 1): Promise<Record<number, number>> {
  const rng = createRng('hostile JSON', seed);
  const picture = await plainPicture('#2a6f97');
  await client.put(COLLECTION);
  const good = { id: 'good', caption: 'a good ball', image: { base64: picture.toString('base64') } };
  await client.post(ITEMS).send({ items: [good] });
  const kinds = Object.entries(HOSTILE_JSON);
  const answers: Record<number, number> = {};
  const counted = (status: number): void => {
    answers[status] = (answers[status] ?? 0) + 1;
  };
  for (const [what, make] of Object.entries(BOMBS)) counted(await expectRefused(packed(client, ...make()), what));
  for (let n = Object.keys(BOMBS).length; n < count; n++) {
    const [kind, make] = n < PLACES.length ? kinds[n % 5]! : rng.pick(kinds);
    const [place, send] = PLACES[n % PLACES.length]!;
    counted(await expectRefused(send(client, make(), picture), `${kind} as ${place}`));
    if (n % 20 === 0) await endJobs(client);
  }
  await endJobs(client);
  expect(Object.hasOwn(Object.prototype, 'isAdmin')).toBe(false);
  expect((await client.get(`${ITEMS}/good`)).body.caption).toBe('a good ball');
  return answers;
}
