import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectContract } from '../contract-check.js';
import { type Harness, startHarness } from '../server-harness.js';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness({ env: { API_KEY: 'correct horse' } });
});
afterAll(() => harness.close());

describe('with an API key', () => {
  test.each(['/', '/docs', '/openapi.json', '/healthz', '/readyz'])('%s is open', async (path) => {
    expect((await harness.request.get(path)).status).toBe(200);
  });

  test.each([
    ['no key', undefined],
    ['another key', 'Bearer wrong horse'],
    ['a part of the key', 'Bearer correct'],
    ['another scheme', 'Basic correct horse'],
    ['an empty key', 'Bearer '],
  ])('%s opens nothing else', async (_name, header) => {
    for (const path of ['/v1/models', '/v1/collections', '/metrics', '/v1/collections/c/items/x/image']) {
      const request = harness.request.get(path);
      if (header) request.set('Authorization', header);
      const answer = await request;
      expectContract(answer);
      expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, 'Bearer']);
    }
  });

  test('who has no key does not learn what exists', async () => {
    expect((await harness.request.get('/v1/nothing')).status).toBe(401);
    expect(
      (await harness.request.post('/v1/match').set('Content-Type', 'application/json').send('{broken')).status,
    ).toBe(401);
  });

  test('the key opens everything', async () => {
    for (const path of ['/v1/models', '/metrics']) {
      const answer = await harness.request.get(path).set('Authorization', 'Bearer correct horse');
      expectContract(answer);
      expect(answer.status).toBe(200);
    }
  });
});
