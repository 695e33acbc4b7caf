import { type RequestHandler, Router } from 'express';
import { type Contract, operationsOf } from './contract.js';
import type { Answer, Handler, Input, OperationId, RawHandler } from './handler.js';
import { addItems } from './handlers/add-items.js';
import { deleteCollection, getCollection, listCollections, putCollection } from './handlers/collection-handlers.js';
import { deleteItem, getItem, getItemImage, listItems } from './handlers/item-handlers.js';
import { listModels } from './handlers/model-handlers.js';
import { match, search } from './handlers/search-handlers.js';
import type { Host } from './host.js';
import { Problem } from './problems.js';
import { contextOf } from './request-context.js';

/** Answered by {@link serviceRoutes}. */
type ServiceOperation = 'page' | 'docs' | 'contract' | 'health' | 'readiness' | 'metrics';
type RawOperation = 'addItems' | 'getItemImage';

/** Every operation of the contract has its handler here: one without does not compile. */
const HANDLERS: { [K in Exclude<OperationId, ServiceOperation | RawOperation>]: Handler<K> } = {
  listModels,
  listCollections,
  putCollection,
  getCollection,
  deleteCollection,
  listItems,
  getItem,
  deleteItem,
  search,
  match,
};

const RAW_HANDLERS: { [K in RawOperation]: RawHandler<K> } = { addItems, getItemImage };

function answering<K extends OperationId>(handler: Handler<K>): RawHandler<K> {
  return async (input, core, response) => {
    const { status, headers, json }: Answer<K> = await handler(input, core);
    response.status(status).set(headers ?? {});
    if (json === undefined) response.end();
    else response.json(json);
  };
}

/** Hands a checked request to its handler, unless the server is not up yet or is stopping. */
function route<K extends OperationId>(host: Host, handler: RawHandler<K>): RequestHandler {
  return async (request, response) => {
    const core = host.core();
    if (!core || host.state() === 'draining') {
      response.set('Connection', 'close');
      throw new Problem('unavailable', `the server is ${host.state()}`, [], { 'Retry-After': '1' });
    }
    const { signal } = contextOf(request);
    const input = { path: request.params, query: request.query, body: request.body, signal, request };
    await handler(input as unknown as Input<K>, core, response);
  };
}

/** The operations under /v1, by their ids in the contract. */
export function apiRoutes(contract: Contract, host: Host): Router {
  const router = Router();
  const handlers = new Map<string, RequestHandler>();
  for (const [id, handler] of Object.entries(HANDLERS)) {
    handlers.set(id, route(host, answering(handler as Handler<OperationId>)));
  }
  for (const [id, handler] of Object.entries(RAW_HANDLERS))
    handlers.set(id, route(host, handler as RawHandler<OperationId>));
  for (const { method, path, operation } of operationsOf(contract)) {
    const handler = handlers.get(operation.operationId);
    if (handler) router[method](path, handler);
  }
  return router;
}
