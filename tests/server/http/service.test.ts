import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readContract } from '../../../server/http/contract.js';
import { IndexLostError } from '../../../server/index/index-lost-error.js';
import { expectContract } from '../contract-check.js';
import { type Harness, startHarness } from '../server-harness.js';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness({ env: { MAX_JSON_BYTES: '2000' } });
  await harness.request.put('/v1/collections/c');
});
afterAll(() => harness.close());

describe('the service', () => {
  test('is alive and ready', async () => {
    for (const [path, status] of [
      ['/healthz', 'ok'],
      ['/readyz', 'ready'],
    ] as const) {
      const answer = await harness.request.get(path);
      expectContract(answer);
      expect([answer.status, answer.body]).toEqual([200, { status }]);
    }
  });

  test.each(['/healthz?t=17', '/readyz?probe=lb', '/metrics?a=1&a=2'])(
    'answers probes that put something behind %s',
    async (path) => {
      const answer = await harness.request.get(path);
      expectContract(answer);
      expect(answer.status).toBe(200);
    },
  );

  test.each(['starting', 'draining', 'recovering', 'index-lost'] as const)(
    'while %s it is alive, but not ready',
    async (state) => {
      harness.state = state;
      const ready = await harness.request.get('/readyz');
      expectContract(ready);
      expect([ready.status, ready.body]).toEqual([503, { status: state }]);
      expect((await harness.request.get('/healthz')).status).toBe(200);
      harness.state = 'ready';
    },
  );

  test('a request that comes while it stops is refused', async () => {
    harness.state = 'draining';
    const answer = await harness.request.get('/v1/collections');
    harness.state = 'ready';
    expectContract(answer);
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '1']);
  });

  test('a search whose index is lost is told so', async () => {
    const { image } = harness.core.collections.get('c').indexes;
    const { nearest } = image;
    image.nearest = () => Promise.reject(new IndexLostError('it ended'));
    const answer = await harness.request.post('/v1/collections/c/search').send({ text: 'x' });
    image.nearest = nearest;
    expectContract(answer);
    expect([answer.status, answer.body.detail]).toEqual([503, expect.stringContaining('the next start')]);
  });

  test('tells its models', async () => {
    const answer = await harness.request.get('/v1/models');
    expectContract(answer);
    expect(answer.body.models).toMatchObject([{ name: 'tiny', family: 'maskvlm', tasks: ['retrieval'] }]);
  });

  test('serves its contract', async () => {
    const answer = await harness.request.get('/openapi.json');
    expectContract(answer);
    expect(answer.body).toEqual(JSON.parse(JSON.stringify(readContract())));
  });

  test('counts what it did', async () => {
    await harness.request.post('/v1/collections/c/items').send({ items: [{ caption: 'x' }] });
    await harness.request.post('/v1/collections/c/search').send({ text: 'x' });
    const answer = await harness.request.get('/metrics');
    expectContract(answer);
    for (const line of [
      /^maskvlm_requests_total\{route="\/v1\/collections\/\{collection\}\/search",method="POST",status="200"\} [1-9]/m,
      /^maskvlm_index\{collection="c",target="text",figure="vectors"\} 1$/m,
      /^maskvlm_collection_items\{collection="c",kind="texts"\} 1$/m,
      /^maskvlm_queue_depth\{queue="tiny\/text_encoder"\} 0$/m,
      /^nodejs_eventloop_lag_seconds /m,
      /^process_resident_memory_bytes /m,
    ]) {
      expect(answer.text).toMatch(line);
    }
  });

  test("every answer has an id, the client's if it sent one", async () => {
    const own = await harness.request.get('/nowhere').set('X-Request-Id', 'trace-1');
    expect([own.headers['x-request-id'], own.body.instance]).toEqual(['trace-1', 'trace-1']);
    const bad = await harness.request.get('/nowhere').set('X-Request-Id', 'a b"c');
    expect(bad.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('pages may only load what comes from here', async () => {
    const { headers } = await harness.request.get('/');
    expect(headers['content-security-policy']).toContain("script-src 'self'");
    expect(headers['content-security-policy']).not.toContain("'unsafe-eval'");
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['x-powered-by']).toBeUndefined();
  });
});

describe('requests that nothing can be done with', () => {
  const SEARCH = '/v1/collections/c/search';

  test.each([
    ['an unknown path', 'get', '/v2/nothing', 404],
    ['an unknown path below a known one', 'get', '/v1/collections/c/nothing', 404],
    ['another method', 'patch', '/v1/collections/c', 405],
    ['another method where only POST is', 'get', '/v1/match', 405],
    ['a path that is no UTF-8', 'get', '/v1/collections/%ff', 400],
  ] as const)('%s', async (_name, method, path, status) => {
    const answer = await harness.request[method](path);
    expect([answer.status, answer.type]).toEqual([status, 'application/problem+json']);
    expect(answer.body).toMatchObject({
      status,
      type: expect.stringMatching(/^urn:maskvlm:/),
      instance: expect.any(String),
    });
    if (status === 405) expect(answer.headers.allow).toBeTruthy();
  });

  test.each([
    ['broken JSON', 'application/json', '{"text": ', 400],
    ['JSON that is no object', 'application/json', '"text"', 400],
    ['a list', 'application/json', '[]', 400],
    [
      'JSON nested too deep',
      'application/json',
      `{"text":"x","filter":${'{"not":'.repeat(150)}1${'}'.repeat(151)}`,
      400,
    ],
    ['a body over the limit', 'application/json', JSON.stringify({ text: 'x'.repeat(3000) }), 413],
    ['plain text', 'text/plain', 'a red ball', 415],
    ['a form of the old kind', 'application/x-www-form-urlencoded', 'text=x', 415],
    ['an unknown character set', 'application/json; charset=klingon', '{}', 415],
    ['lines where none are taken', 'application/x-ndjson', '{"text":"x"}', 415],
    ['an unknown encoding', 'application/json', '{"text":"x"}', 415],
  ])('%s', async (name, type, body, status) => {
    const request = harness.request.post(SEARCH).set('Content-Type', type);
    if (name === 'an unknown encoding') request.set('Content-Encoding', 'brotli-9');
    const answer = await request.send(body);
    expectContract(answer);
    expect(answer.status).toBe(status);
  });

  test('no body', async () => {
    const answer = await harness.request.post(SEARCH).set('Content-Type', 'application/json');
    expectContract(answer);
    expect(answer.status).toBe(400);
  });

  test('query parameters that do not exist', async () => {
    const answer = await harness.request.get('/v1/collections/c/items?limt=5');
    expectContract(answer);
    expect(answer.status).toBe(400);
  });
});
