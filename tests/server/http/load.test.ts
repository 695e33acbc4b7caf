import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectContract } from '../contract-check.js';
import { dataUrl, plainPicture } from '../pictures.js';
import { type Harness, startHarness } from '../server-harness.js';

let harness: Harness;
let address: string;
let stop: () => void;

beforeAll(async () => {
  harness = await startHarness({ env: { QUEUE_SIZE: '40', MAX_IMPORTS: '2', BATCH_SIZE: '8' } });
  await harness.request.put('/v1/collections/c');
  const picture = dataUrl(await plainPicture('#408040'));
  const items = Array.from({ length: 300 }, (_, n) => ({ id: `n${n}`, image: { dataUrl: picture } }));
  await harness.request.post('/v1/collections/c/items').send({ items });
  const server = harness.app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  stop = () => server.close();
});
afterAll(async () => {
  stop();
  await harness.close();
});

const post = (path: string, body: object, signal?: AbortSignal): Promise<Response> =>
  fetch(address + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
    signal,
  });
const search = (body: object, signal?: AbortSignal) => post('/v1/collections/c/search', body, signal);

describe('under load', () => {
  test('at least 20 replies of /healthz arrive while one long re-ranking runs', async () => {
    // Runs of this tiny model end in a blink; a slow one is a thread that is busy for long, which is what is put here.
    const model = harness.core.inference.models()[0]!;
    const match = model.match.bind(model);
    const slow = harness.core.inference.models()[0]! as { match: typeof match };
    slow.match = async (pairs, options) => {
      let probabilities: (number | null)[] = [];
      for (let round = 0; round < 12; round++) probabilities = await match(pairs, options);
      return probabilities;
    };
    let done = false;
    const long = search({ text: 'a ball', candidates: 300 }).finally(() => {
      done = true;
    });
    let replies = 0;
    while (!done) {
      expect((await fetch(`${address}/healthz`)).status).toBe(200);
      replies++;
    }
    slow.match = match;
    expect((await long).status).toBe(200);
    expect(replies).toBeGreaterThanOrEqual(20);
  });

  test('a re-ranking ends in time, and says how far it came', async () => {
    const model = harness.core.inference.models()[0]! as unknown as {
      match(pairs: unknown[], options: unknown): Promise<number[]>;
    };
    const { match } = model;
    model.match = async (pairs, options) => {
      await new Promise((resolve) => setTimeout(resolve, 60));
      return match.call(model, pairs, options);
    };
    const answered = await search({ text: 'a ball', candidates: 300, k: 300, timeoutMs: 100 });
    const answer = (await answered.json()) as {
      hits: { score: number; itc: number; itm: number | null }[];
      reranked: number;
    };
    model.match = match;
    expect(answer.hits).toHaveLength(300);
    expect(answer.reranked).toBeGreaterThan(0);
    expect(answer.reranked).toBeLessThan(300);
    const itms = answer.hits.map(({ itm }) => itm);
    expect(itms.slice(0, answer.reranked)).not.toContain(null);
    expect(new Set(itms.slice(answer.reranked))).toEqual(new Set([null]));
    for (const { score, itc, itm } of answer.hits) expect(score).toBe(itm ?? itc);
  });

  test('more than may wait is refused with 429, and the rest is answered', async () => {
    const texts = Array.from({ length: 30 }, (_, n) => `text ${n}`);
    const body = { image: { itemId: 'n0', collection: 'c' }, texts };
    const answers = await Promise.all(Array.from({ length: 40 }, () => post('/v1/match', body)));
    const statuses = new Set(answers.map(({ status }) => status));
    expect([...statuses].sort()).toEqual([200, 429]);
    const refused = answers.find(({ status }) => status === 429)!;
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(await refused.json()).toMatchObject({ type: 'urn:maskvlm:overloaded', status: 429 });
    expect((await search({ text: 'a ball' })).status).toBe(200);
  });

  test('more imports than may run are refused before they begin', async () => {
    const items = Array.from({ length: 200 }, (_, n) => ({ caption: `item ${n}` }));
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => harness.request.post('/v1/collections/c/items').send({ items })),
    );
    for (const answer of answers) expectContract(answer);
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(2);
    expect(statuses.filter((status) => status === 429)).toHaveLength(3);
  });

  test('what a client that left has waiting is dropped', async () => {
    const left = new AbortController();
    const requests = Array.from({ length: 10 }, () => search({ text: 'a ball', candidates: 300 }, left.signal));
    setTimeout(() => left.abort(), 30);
    await Promise.allSettled(requests);
    const waiting = () => [...harness.core.inference.depths().values()].reduce((sum, depth) => sum + depth, 0);
    while (waiting() > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    expect((await search({ text: 'a ball' })).status).toBe(200);
  });
});
