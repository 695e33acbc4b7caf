// Runs requests that came in a file through the same checks and handlers as requests over HTTP.
import type { ValidateFunction } from 'ajv/dist/2020.js';
import type { Core } from '../core.js';
import { orSignal } from '../inference/background-work.js';
import { isShallow } from '../is-shallow.js';
import type { components } from './api.js';
import { checkSchema } from './check-schema.js';
import { operationsOf, type PlacedOperation, readContract } from './contract.js';
import { bodySchema, parameterSchema } from './contract-schemas.js';
import { Expiry } from './expiry.js';
import type { Call, Handler, OperationId } from './handler.js';
import { fieldProblem, Problem } from './problems.js';

/** One request of a file. */
export type TaskRequest = components['schemas']['TaskRequest'];

/** Answers a request as it would be answered over HTTP. Throws what its handler throws, and a Problem where it breaks the contract. */
export type TaskRunner = (
  request: TaskRequest,
  core: Core,
  signal: AbortSignal,
) => Promise<{ status: number; body: unknown }>;

interface TaskOperation {
  placed: PlacedOperation;
  pattern: RegExp;
  handler: Handler<OperationId>;
  checkParameters: ValidateFunction<{ path: object; query: object }>;
  checkBody: ValidateFunction;
}

/** Names of the parts of a path: `/v1/collections/{collection}/search` matches with `collection`. */
const patternOf = (path: string): RegExp => new RegExp(`^${path.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`);

/** What a task is called: the end of its path. */
const taskOf = ({ path }: PlacedOperation): string => path.slice(path.lastIndexOf('/') + 1);

function decoded(groups: Record<string, string> = {}): Record<string, string> {
  try {
    return Object.fromEntries(Object.entries(groups).map(([name, text]) => [name, decodeURIComponent(text)]));
  } catch {
    throw fieldProblem('bad-request', 'url', 'expected percent-encoded UTF-8');
  }
}

/** Finds the operation that a request names by its `url`, or by `task` and what stands in the path beside it. */
function find(operations: TaskOperation[], { url, task, collection }: TaskRequest) {
  if (task !== undefined) {
    const operation = operations.find(({ placed }) => taskOf(placed) === task);
    if (operation) return { operation, path: collection === undefined ? {} : { collection }, query: {} };
    const known = operations.map(({ placed }) => taskOf(placed)).join(', ');
    throw fieldProblem('bad-request', 'task', `expected one of ${known}, got ${task}`);
  }
  const [pathname = '', query = ''] = url!.split('?', 2);
  for (const operation of operations) {
    const match = operation.pattern.exec(pathname);
    if (match) return { operation, path: decoded(match.groups), query: Object.fromEntries(new URLSearchParams(query)) };
  }
  const known = operations.map(({ placed }) => placed.path).join(', ');
  throw fieldProblem('not-found', 'url', `expected one of ${known}, got ${pathname}`);
}

/** A runner for every operation that is asked by POST and answered with JSON by one of these handlers. */
export function taskRunner(handlers: Partial<Record<OperationId, unknown>>): TaskRunner {
  const operations = operationsOf(readContract()).flatMap((placed): TaskOperation[] => {
    const handler = handlers[placed.operation.operationId as OperationId] as Handler<OperationId> | undefined;
    const checkBody = placed.method === 'post' && handler ? bodySchema(placed) : undefined;
    if (!handler || !checkBody) return [];
    const checkParameters = parameterSchema(placed);
    return [{ placed, handler, checkBody, checkParameters, pattern: patternOf(placed.path) }];
  });
  return async (request, core, signal) => {
    const { operation, path, query } = find(operations, request);
    const { body } = request;
    checkSchema(operation.checkParameters, { path, query });
    if (!isShallow(body)) throw new Problem('bad-request', 'body: nested too deep');
    checkSchema(operation.checkBody, body, { at: '/body' });
    const expiry = new Expiry();
    const expireAfter = (milliseconds: number | undefined): void => expiry.after(milliseconds);
    const own = { signal: orSignal(signal, expiry.signal), expireAfter };
    try {
      const call = { path, query, body, ...own } as unknown as Call<OperationId>;
      const { status, json } = await operation.handler(call, core);
      return { status, body: json ?? null };
    } finally {
      expiry.end();
    }
  };
}
