import express, { type RequestHandler, type Response, Router } from 'express';
import type { Limits } from '../config.js';
import { bodyDeadline } from './body-deadline.js';
import { checkRequest } from './check-request.js';
import { type Contract, expressPath, operationsOf, type PlacedOperation } from './contract.js';
import type { Answer, Handler, Input, OperationId, RawHandler } from './handler.js';
import { addItems } from './handlers/add-items.js';
import { classify } from './handlers/classify.js';
import { deleteCollection, getCollection, listCollections, putCollection } from './handlers/collection-handlers.js';
import { embeddings } from './handlers/embeddings.js';
import { explain } from './handlers/explain.js';
import { deleteItem, getItem, getItemImage, listItems, patchItem } from './handlers/item-handlers.js';
import { getJobEvents } from './handlers/job-events.js';
import { createJob, deleteJob, getJob, getJobErrors, getJobOutput, listJobs } from './handlers/job-handlers.js';
import { listModels } from './handlers/model-handlers.js';
import { reconstruct } from './handlers/reconstruct.js';
import { match, search } from './handlers/search-handlers.js';
import { nlvr2, visualEntailment, vqa } from './handlers/task-handlers.js';
import type { Host } from './host.js';
import { checkMediaType } from './media-type.js';
import { formReader } from './multipart.js';
import { Problem } from './problems.js';
import { contextOf } from './request-context.js';
import { type ServiceOperation, serviceHandlers } from './service-handlers.js';

type JobStream = 'createJob' | 'getJobEvents' | 'getJobOutput' | 'getJobErrors';
type RawOperation = 'addItems' | 'getItemImage' | JobStream;

/** Every operation of the contract has its handler here: one without does not compile. */
export const HANDLERS: { [K in Exclude<OperationId, ServiceOperation | RawOperation>]: Handler<K> } = {
  listModels,
  listCollections,
  putCollection,
  getCollection,
  deleteCollection,
  listItems,
  getItem,
  patchItem,
  deleteItem,
  listJobs,
  getJob,
  deleteJob,
  search,
  match,
  vqa,
  nlvr2,
  visualEntailment,
  classify,
  reconstruct,
  explain,
  embeddings,
};

const RAW_HANDLERS: { [K in RawOperation]: RawHandler<K> } = {
  addItems,
  getItemImage,
  createJob,
  getJobEvents,
  getJobOutput,
  getJobErrors,
};

/** In one piece, head and body: Express would make a buffer of the body, and two writes. */
function sendJson(response: Response, json: unknown): void {
  const body = JSON.stringify(json);
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.setHeader('Content-Length', Buffer.byteLength(body));
  response.end(body);
}

function answering<K extends OperationId>(handler: Handler<K>): RawHandler<K> {
  return async (input, core, response) => {
    input.expireAfter(core.limits.requestMs);
    const { status, headers, json }: Answer<K> = await handler(input, core);
    response.status(status).set(headers ?? {});
    if (json === undefined) response.end();
    else sendJson(response, json);
  };
}

/** Hands a checked request to its handler, unless the server is not up yet or is stopping. */
function withCore<K extends OperationId>(host: Host, handler: RawHandler<K>): RequestHandler {
  return async (request, response) => {
    const core = host.core();
    if (!core || host.state() === 'draining') {
      response.set('Connection', 'close');
      throw new Problem('unavailable', `the server is ${host.state()}`, [], { 'Retry-After': '1' });
    }
    const context = contextOf(request);
    const { signal, query } = context;
    const expireAfter = (milliseconds: number | undefined): void => context.expiry.after(milliseconds);
    const input = { path: request.params, query, body: request.body, signal, expireAfter, request };
    await handler(input as unknown as Input<K>, core, response);
  };
}

function handlersOf(contract: Contract, host: Host): Record<string, RequestHandler> {
  const jsonHandlers = Object.entries(HANDLERS).map(([id, handler]) => [
    id,
    withCore(host, answering(handler as Handler<OperationId>)),
  ]);
  const rawHandlers = Object.entries(RAW_HANDLERS).map(([id, handler]) => [
    id,
    withCore(host, handler as RawHandler<OperationId>),
  ]);
  return { ...serviceHandlers(contract, host), ...Object.fromEntries([...jsonHandlers, ...rawHandlers]) };
}

/** What reads the body of an operation. A stream of items, or a form that may be larger than memory, is left to its handler. */
function bodyReaders(contract: Contract, { operation }: PlacedOperation, limits: Limits): RequestHandler[] {
  if (!operation.requestBody) return [];
  const json = express.json({ limit: limits.jsonBytes, type: 'application/json' });
  const form = operation['x-streamed-form'] ? undefined : formReader(contract, operation, limits);
  return [checkMediaType(operation), bodyDeadline(operation, limits.bodyMs), json, ...(form ? [form] : [])];
}

function refuseMethod(operations: readonly PlacedOperation[]): RequestHandler {
  const allowed = operations.map(({ method }) => method.toUpperCase()).join(', ');
  return ({ method }) => {
    throw new Problem('method-not-allowed', `expected ${allowed}, got ${method}`, [], { Allow: allowed });
  };
}

/** Every operation of the contract: the path is looked up once, and what stands before a handler is made here and not for each request. */
export function routes(contract: Contract, host: Host): Router {
  // Paths as the contract spells them, and in no other case: what comes before decides by them too.
  const router = Router({ caseSensitive: true });
  const handlers = handlersOf(contract, host);
  const operations = operationsOf(contract);
  for (const path of Object.keys(contract.paths)) {
    const route = router.route(expressPath(path));
    const own = operations.filter((placed) => placed.path === path);
    route.all((request, _response, next) => {
      contextOf(request).route = path;
      next();
    });
    for (const placed of own) {
      const before = bodyReaders(contract, placed, host.config.limits);
      route[placed.method](...before, checkRequest(placed), handlers[placed.operation.operationId]!);
    }
    route.all(refuseMethod(own));
  }
  return router;
}
