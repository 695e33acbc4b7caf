// Requests made up from the contract, some that fit it and some that break it: every one gets an answer that the contract has, none a 500.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRng, type Rng } from '../../../model/random.js';
import { operationsOf, type PlacedOperation, readContract } from '../../../server/http/contract.js';
import { lookingBundle } from '../../fixtures/looking-bundle.js';
import { type Definitions, type JsonSchema, SchemaValues } from '../../fixtures/schema-values.js';
import { tinyTaskBundle } from '../../fixtures/tiny-bundle.js';
import { expectContract } from '../contract-check.js';
import { dataUrl, plainPicture } from '../pictures.js';
import { type Harness, startHarness } from '../server-harness.js';

const FITTING = 20;
const BREAKING = 24;
/** A request that is not answered by then hangs. */
const HANGS_MS = 20_000;

const contract = readContract();
const definitions = contract.components.schemas as Definitions;

let harness: Harness;
let picture: string;
beforeAll(async () => {
  const bundles = [
    await lookingBundle(),
    ...(await Promise.all((['vqa', 'nlvr2', 've'] as const).map((task) => tinyTaskBundle(task)))),
  ];
  harness = await startHarness({ bundles, env: { REQUEST_TIMEOUT_MS: '10000', BODY_TIMEOUT_MS: '2000' } });
  picture = dataUrl(await plainPicture('#804020'));
});
afterAll(() => harness.close());

let jobId = '';
/** What most requests are about; they may have deleted it. */
async function prepare({ path }: PlacedOperation): Promise<void> {
  await harness.request.put('/v1/collections/c').send({});
  const items = [{ id: 'a', caption: 'a red ball', image: { dataUrl: picture }, metadata: { year: 2020 } }];
  await harness.request.post('/v1/collections/c/items').send({ items });
  if (!path.startsWith('/v1/jobs/')) return;
  const requests = [{ custom_id: 'x', task: 'match', body: { image: { dataUrl: picture }, texts: ['a red ball'] } }];
  const { body } = await harness.request.post('/v1/jobs').send({ type: 'task', requests });
  jobId = body.id;
}

interface Made {
  path: string;
  type: string;
  body: unknown;
}

function pathFor(placed: PlacedOperation, values: SchemaValues): string {
  const known: Record<string, string[]> = {
    collection: ['c', 'c', 'c', 'missing'],
    id: ['a', 'a', 'b'],
    job: [jobId, jobId, 'b'],
  };
  const strange = () =>
    encodeURIComponent(
      String(values.fitting({ type: 'string' }))
        .slice(0, 200)
        .replace(/[\ud800-\udfff]/g, '') || '-',
    );
  return placed.path.replace(/\{(\w+)\}/g, (_all, name: string) =>
    values.rng.next() < 0.8 ? values.rng.pick(known[name] ?? ['x']) : strange(),
  );
}

/** Real pictures here and there, since most of the way behind a picture opens only for one. */
function withPictures(value: unknown, rng: Rng): unknown {
  if (Array.isArray(value)) return value.map((each) => withPictures(each, rng));
  if (typeof value !== 'object' || value === null) return value;
  const isImage = 'base64' in value || 'dataUrl' in value || 'url' in value;
  if (isImage && rng.next() < 0.8) return { dataUrl: picture };
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withPictures(each, rng)]));
}

function make(placed: PlacedOperation, values: SchemaValues, fits: boolean): Made {
  const content = Object.entries(placed.operation.requestBody?.content ?? {});
  const [type, { schema }] = content.length > 0 ? values.rng.pick(content) : ['', { schema: {} }];
  const body = fits ? values.fitting(schema as JsonSchema) : values.breaking(schema as JsonSchema);
  return { path: pathFor(placed, values), type, body: withPictures(body, values.rng) };
}

const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

async function send({ method }: PlacedOperation, { path, type, body }: Made) {
  const request = harness.request[method](path)
    .timeout(HANGS_MS)
    .ok(() => true);
  if (type === '') return request;
  if (type !== 'multipart/form-data') {
    const text = type === 'application/x-ndjson' ? `${asText(body)}\n` : JSON.stringify(body);
    return request.set('Content-Type', type).send(text);
  }
  const fields = Object.entries(typeof body === 'object' && body !== null ? body : { surplus: 1 });
  for (const [name, value] of fields) {
    if (name === 'image') request.attach('image', Buffer.from(picture.split(',')[1]!, 'base64'), 'picture.png');
    else if (name === 'file') request.attach('file', Buffer.from('{"caption": "a red ball"}\n'), 'lines.jsonl');
    else request.field(name === '' ? 'unnamed' : name, asText(value));
  }
  return request;
}

describe.each(operationsOf(contract).map((placed) => [placed.operation.operationId, placed] as const))(
  '%s',
  (id, placed) => {
    test.each([
      ['fit', FITTING],
      ['break', BREAKING],
    ] as const)('answers requests that %s the contract', async (kind, count) => {
      const values = new SchemaValues(definitions, createRng(7, id, kind === 'fit' ? 0 : 1));
      const statuses = new Set<number>();
      for (let n = 0; n < count; n++) {
        await prepare(placed);
        const made = make(placed, values, kind === 'fit');
        const answer = await send(placed, made).catch((error: Error) => {
          throw new Error(`${id} ${JSON.stringify(made).slice(0, 500)}: ${error.message}`);
        });
        const told = `${id} ${JSON.stringify(made).slice(0, 500)} -> ${answer.status} ${answer.text?.slice(0, 300)}`;
        expect(answer.status, told).not.toBe(500);
        // A path that became another one is not an answer of this operation.
        if (answer.status !== 404 && answer.status !== 405) expectContract(answer);
        statuses.add(answer.status);
      }
      if (kind === 'fit')
        expect(
          [...statuses].some((status) => status < 300),
          `${[...statuses]}`,
        ).toBe(true);
    });
  },
);

test('the server has lived through all of it', async () => {
  expect((await harness.request.get('/readyz')).body).toEqual({ status: 'ready' });
});
