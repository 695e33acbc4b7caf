import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import type { Metrics } from '../metrics.js';

/** What belongs to one request from its first to its last moment. */
export interface RequestContext {
  id: string;
  log: Logger;
  signal: AbortSignal;
}

const contexts = new WeakMap<Request, RequestContext>();
const CLIENT_ID = /^[\w.-]{1,64}$/;
/** Asked every few seconds by machines; of no interest to those who read the log. */
const QUIET = new Set(['/healthz', '/readyz', '/metrics']);

export function contextOf(request: Request): RequestContext {
  return contexts.get(request)!;
}

/** The operation's path as in the contract, so that metrics have one series for it. */
function routeOf(request: Request): string {
  const { openapi } = request as { openapi?: { openApiRoute?: string } };
  return openapi?.openApiRoute ?? (request.route?.path ? String(request.route.path) : 'other');
}

/** Gives every request an id (the client's X-Request-Id if it sent one), logs and counts it, and notices when the client leaves. */
export function requestContext(log: Logger, metrics: Metrics): RequestHandler {
  return (request, response, next) => {
    const sent = request.get('x-request-id') ?? '';
    const id = CLIENT_ID.test(sent) ? sent : randomUUID();
    const left = new AbortController();
    const started = performance.now();
    contexts.set(request, { id, log: log.child({ request: id }), signal: left.signal });
    response.setHeader('X-Request-Id', id);
    response.on('close', () => {
      if (!response.writableFinished) left.abort();
      report(request, response, performance.now() - started, metrics);
    });
    next();
  };
}

function report(request: Request, response: Response, ms: number, metrics: Metrics): void {
  const route = routeOf(request);
  const status = response.writableFinished ? response.statusCode : 499;
  metrics.request(route, request.method, status, ms / 1000);
  const level = QUIET.has(route) ? 'debug' : 'info';
  const stages = response.getHeader('Server-Timing');
  const about = { method: request.method, path: request.originalUrl, status, ms: Math.round(ms * 10) / 10, stages };
  contextOf(request).log[level](about, status === 499 ? 'client left' : 'answered');
}
