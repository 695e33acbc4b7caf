import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { answerOf, type Client, createClient, ProblemError, picture } from '../../../server/client/client.js';
import { plainPicture } from '../pictures.js';
import { type Harness, startHarness } from '../server-harness.js';

let harness: Harness;
let baseUrl: string;
let client: Client;
let stop: () => void;

beforeAll(async () => {
  harness = await startHarness({ env: { API_KEY: 'secret' } });
  const server = harness.app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  client = createClient({ baseUrl, apiKey: 'secret' });
  stop = () => server.close();
});
afterAll(async () => {
  stop();
  await harness.close();
});

test('makes a collection, adds a picture, finds it and deletes the collection', async () => {
  const path = { collection: 'photos' };
  const made = await answerOf(client.PUT('/v1/collections/{collection}', { params: { path }, body: {} }));
  expect(made).toMatchObject({ name: 'photos', items: 0 });
  const items = [{ id: 'a', caption: 'a red square', image: picture(await plainPicture('#c02020')) }];
  const added = await answerOf(
    client.POST('/v1/collections/{collection}/items', { params: { path }, body: { items } }),
  );
  expect(added.results).toEqual([{ id: 'a', status: 'created' }]);
  const found = await answerOf(
    client.POST('/v1/collections/{collection}/search', { params: { path }, body: { text: 'a square', k: 1 } }),
  );
  expect(found.hits).toMatchObject([{ id: 'a', caption: 'a red square', score: expect.any(Number) }]);
  const gone = await answerOf(client.DELETE('/v1/collections/{collection}', { params: { path } }));
  expect(gone).toBeUndefined();
});

test('a problem is thrown with its status, its fields and its words', async () => {
  const asked = answerOf(
    client.POST('/v1/match', { body: { image: picture(new Uint8Array([1, 2, 3])), texts: ['a square'] } }),
  );
  const error = await asked.catch((thrown) => thrown);
  expect(error).toBeInstanceOf(ProblemError);
  expect(error).toMatchObject({ status: 415, problem: { errors: [{ path: 'image' }] } });
  expect(error.message).toMatch(/^image: expected /);
});

test.each([
  ['no key', undefined, 401],
  ['another key', 'wrong', 401],
])('%s is a problem too', async (_what, apiKey, status) => {
  const stranger = createClient({ baseUrl, ...(apiKey ? { apiKey } : {}) });
  await expect(answerOf(stranger.GET('/v1/models'))).rejects.toMatchObject({ status });
});

test('what is not an answer of the server has its status and no fields', async () => {
  const proxy = createClient({ fetch: async () => new Response('<h1>Bad gateway</h1>', { status: 502 }) });
  const error = await answerOf(proxy.GET('/v1/models')).catch((thrown) => thrown);
  expect(error).toMatchObject({ status: 502, problem: {}, message: 'the server answered 502' });
});

test('says after how many seconds to come again', async () => {
  harness.state = 'draining';
  const error = await answerOf(client.GET('/v1/models')).catch((thrown) => thrown);
  harness.state = 'ready';
  expect(error).toMatchObject({ status: 503, retryAfter: 1 });
});

test('a large picture travels whole', () => {
  const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => (i * 31) % 256);
  expect(Buffer.from(picture(bytes).base64, 'base64').equals(Buffer.from(bytes))).toBe(true);
});
