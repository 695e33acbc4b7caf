// What stands before the operations: pages of other origins, requests a minute, and the time for an answer.
import { afterEach, describe, expect, test } from 'vitest';
import { expectContract } from '../contract-check.js';
import { type Harness, startHarness } from '../server-harness.js';

let harness: Harness;
afterEach(() => harness.close());

describe('pages of other origins', () => {
  const APP = 'https://app.example.org';

  test('may not call a server that names none', async () => {
    harness = await startHarness();
    const { headers } = await harness.request.get('/v1/models').set('Origin', APP);
    expect(headers['access-control-allow-origin']).toBeUndefined();
    expect(headers['cross-origin-resource-policy']).toBe('same-origin');
  });

  test.each([
    [APP, APP],
    [`https://other.example.org, ${APP}`, APP],
    ['*', '*'],
  ])('CORS_ORIGINS=%s lets them, keys and all', async (origins, allowed) => {
    harness = await startHarness({ env: { CORS_ORIGINS: origins, API_KEY: 'k' } });
    const asked = await harness.request
      .options('/v1/models')
      .set('Origin', APP)
      .set('Access-Control-Request-Method', 'GET')
      .set('Access-Control-Request-Headers', 'authorization');
    expect([asked.status, asked.headers['access-control-allow-origin']]).toEqual([204, allowed]);
    expect(asked.headers['access-control-allow-headers']).toBe('authorization');
    const answer = await harness.request.get('/v1/models').set('Origin', APP).set('Authorization', 'Bearer k');
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([200, allowed]);
    expect(answer.headers['access-control-expose-headers']).toContain('Server-Timing');
    expect(answer.headers['cross-origin-resource-policy']).toBe('cross-origin');
  });

  test('of an origin that is not listed, none', async () => {
    harness = await startHarness({ env: { CORS_ORIGINS: APP } });
    const { headers } = await harness.request.get('/v1/models').set('Origin', 'https://evil.example');
    expect(headers['access-control-allow-origin']).toBeUndefined();
  });
});

describe('requests in a minute', () => {
  test('beyond the limit are refused, but not those that watch the server', async () => {
    harness = await startHarness({ env: { REQUESTS_PER_MINUTE: '2' } });
    const statuses = [];
    for (let n = 0; n < 3; n++) statuses.push((await harness.request.get('/v1/models')).status);
    expect(statuses).toEqual([200, 200, 429]);
    const refused = await harness.request.get('/v1/models');
    expectContract(refused);
    expect(refused.body.type).toBe('urn:maskvlm:rate-limited');
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect((await harness.request.get('/healthz')).status).toBe(200);
  });

  test('are counted under every spelling of a path that is answered', async () => {
    harness = await startHarness({ env: { REQUESTS_PER_MINUTE: '1' } });
    await harness.request.get('/v1/models');
    for (const path of ['/V1/models', '/%761/models', '//v1/models', '/v1/models/']) {
      expect([404, 429]).toContain((await harness.request.get(path)).status);
    }
  });

  test.each([
    ['0', [200, 429, 429]],
    ['1', [200, 200, 429]],
  ])('with %s proxies in front, are counted by the address that these tell', async (proxies, expected) => {
    harness = await startHarness({ env: { REQUESTS_PER_MINUTE: '1', TRUSTED_PROXIES: proxies } });
    const statuses = [];
    for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.2']) {
      statuses.push((await harness.request.get('/v1/models').set('X-Forwarded-For', address)).status);
    }
    expect(statuses).toEqual(expected);
  });
});

test('a request whose work has not begun in time is answered 504, and its work is dropped', async () => {
  harness = await startHarness({ env: { REQUEST_TIMEOUT_MS: '1', BATCH_WAIT_MS: '500' } });
  await harness.request.put('/v1/collections/c');
  const answer = await harness.request.post('/v1/collections/c/search').send({ text: 'a ball' });
  expectContract(answer);
  expect([answer.status, answer.body.detail]).toEqual([504, 'not done within 1 ms']);
  expect(harness.core.inference.depths().get('tiny/text_encoder')).toBe(0);
});
