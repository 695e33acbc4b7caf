// Every status that the contract documents for every operation, over HTTP: one that is newly documented fails until it has a case.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Response } from 'supertest';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { NoSpaceError } from '../../../model/files/no-space-error.js';
import { operationsOf, type PlacedOperation, readContract } from '../../../server/http/contract.js';
import { bodySchema, parameterSchema } from '../../../server/http/contract-schemas.js';
import type { OperationId } from '../../../server/http/handler.js';
import type { Store } from '../../../server/store/store.js';
import { expectContract } from '../contract-check.js';
import type { Harness } from '../server-harness.js';
import { type Asked, OWN, SOUND } from './status-cases.js';
import { KEY, type StatusWorld, startOnFullDisk, startWorld } from './status-world.js';

/** Attempts until a full disk has no room for the smallest change either. */
const FILLING = 200;

let dataDir: string;
let world: StatusWorld;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'maskvlm-statuses-'));
  world = await startWorld(dataDir);
});
afterAll(async () => {
  await world.close();
  await rm(dataDir, { recursive: true, force: true });
});

const operations = operationsOf(readContract());
const statusesOf = ({ operation }: PlacedOperation): string[] =>
  Object.keys((operation as unknown as { responses: object }).responses);
const idOf = ({ operation }: PlacedOperation) => operation.operationId as OperationId;

/** Fails where the contract would not let the request pass. */
function expectSound(placed: PlacedOperation, { path = {}, query = {}, body }: Asked): void {
  const checkParameters = parameterSchema(placed);
  expect(checkParameters({ path, query: { ...query } }), JSON.stringify(checkParameters.errors)).toBe(true);
  const checkBody = body && bodySchema(placed);
  if (checkBody) expect(checkBody(structuredClone(body)), JSON.stringify(checkBody.errors)).toBe(true);
}

async function send({ request }: Harness, placed: PlacedOperation, asked: Asked, text?: string): Promise<Response> {
  const { path = {}, query = {}, body, headers = KEY } = asked;
  const url = placed.path.replace(/\{(\w+)\}/g, (_all, name: string) => encodeURIComponent(path[name]!));
  const sending = request[placed.method](url).query(query).set(headers);
  if (text !== undefined) return sending.set('Content-Type', 'application/json').send(text);
  return body === undefined ? sending : sending.send(body);
}

const sound = (placed: PlacedOperation) => SOUND[idOf(placed)](world);

async function sendSound(harness: Harness, placed: PlacedOperation, asked?: Asked): Promise<Response> {
  const request = asked ?? (await sound(placed));
  expectSound(placed, request);
  return send(harness, placed, { ...request, headers: { ...KEY, ...request.headers } });
}

/** Names something that is not there: a collection, a job or a model. */
async function missing(placed: PlacedOperation): Promise<Response> {
  const asked = await sound(placed);
  const [name] = ['collection', 'job'].filter((each) => asked.path?.[each] !== undefined);
  const wrong = name
    ? { ...asked, path: { ...asked.path, [name]: 'missing' } }
    : { ...asked, body: { ...asked.body, model: 'nobody' } };
  return sendSound(world.main, placed, wrong);
}

/** Breaks the contract in the path, in the query or in the body. */
async function broken(placed: PlacedOperation): Promise<Response> {
  const asked = await sound(placed);
  if (asked.body) return send(world.main, placed, asked, '{"broken');
  if (!asked.path) return send(world.main, placed, { ...asked, query: { limit: '0' } });
  return send(world.main, placed, { ...asked, path: { ...asked.path, collection: '-', job: '?' } });
}

async function beyondTheRate(placed: PlacedOperation): Promise<Response> {
  const asked = await sound(placed);
  await sendSound(world.limited, placed, asked);
  return sendSound(world.limited, placed, asked);
}

async function whileStopping(placed: PlacedOperation): Promise<Response> {
  const asked = await sound(placed);
  world.main.state = 'draining';
  const answer = await sendSound(world.main, placed, asked);
  world.main.state = 'ready';
  return answer;
}

/** What is deleted makes room for its deletion, most of the time: here the store refuses every commit. */
async function withoutRoom(placed: PlacedOperation): Promise<Response> {
  const asked = await sound(placed);
  const { store } = world.main.core.collections as unknown as { store: Store };
  const { commit } = store;
  store.commit = () => Promise.reject(new NoSpaceError('store', 4096, 0));
  const answer = await sendSound(world.main, placed, asked);
  store.commit = commit;
  return answer;
}

/** Small changes find room for a while between what is there. */
async function onFullDisk(placed: PlacedOperation): Promise<Response | undefined> {
  if (placed.method === 'delete') return withoutRoom(placed);
  const harness = await startOnFullDisk(world.picture);
  if (!harness) return undefined;
  onTestFinished(() => harness.close());
  const { path, body, ...asked } = await sound(placed);
  for (let n = 0; ; n++) {
    const own = idOf(placed) === 'putCollection' ? { collection: `c${n}` } : path;
    const answer = await sendSound(harness, placed, { ...asked, body, ...(own ? { path: own } : {}) });
    if (answer.status >= 300 || n === FILLING) return answer;
  }
}

/** What is done to every operation that documents one of these, unless it has a case of its own. */
const COMMON: Record<string, (placed: PlacedOperation) => Promise<Response | undefined>> = {
  400: broken,
  401: async (placed) => send(world.main, placed, { ...(await sound(placed)), headers: {} }),
  404: missing,
  408: async (placed) => {
    const asked = { ...(await sound(placed)), headers: { 'Content-Length': '99' } };
    return send(world.impatient, placed, asked, '{');
  },
  413: async (placed) => send(world.main, placed, await sound(placed), JSON.stringify({ text: 'x'.repeat(30_000) })),
  415: async (placed) => {
    const asked = { ...(await sound(placed)), headers: { ...KEY, 'Content-Type': 'text/plain' } };
    return send(world.main, placed, { ...asked, body: 'a ball' as never });
  },
  429: beyondTheRate,
  503: whileStopping,
  504: (placed) => sendSound(world.hurried, placed),
  507: onFullDisk,
};

function caseOf(
  placed: PlacedOperation,
  status: string,
): ((placed: PlacedOperation) => Promise<Response | undefined>) | undefined {
  const own = OWN[`${idOf(placed)} ${status}`];
  if (own) return async () => sendSound(world.main, placed, await own(world));
  return status === statusesOf(placed)[0] ? () => sendSound(world.main, placed) : COMMON[status];
}

describe.each(operations.map((placed) => [idOf(placed), placed] as const))('%s', (_id, placed) => {
  test.for(statusesOf(placed))('answers %s', async (status, context) => {
    const provoke = caseOf(placed, status);
    expect(provoke, `${idOf(placed)} ${status} has no case`).toBeDefined();
    const answer = await provoke!(placed);
    if (!answer) return context.skip('needs the right to mount a small disk');
    expect(String(answer.status), answer.text).toBe(status);
    expectContract(answer);
  });
});

test('there is no case for what is not documented', () => {
  const documented = operations.flatMap((placed) => statusesOf(placed).map((status) => `${idOf(placed)} ${status}`));
  expect(Object.keys(OWN).filter((pair) => !documented.includes(pair))).toEqual([]);
});
