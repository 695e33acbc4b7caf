import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import type { Metrics } from '../metrics.js';
import { Expiry } from './expiry.js';

const CLIENT_ID = /^[\w.-]{1,64}$/;
/** Asked every few seconds by machines; of no interest to those who read the log. */
const QUIET = new Set(['/healthz', '/readyz', '/metrics']);

/** What belongs to one request from its first to its last moment. */
export class RequestContext {
  /** The client's X-Request-Id if it sent one. */
  readonly id: string;
  /** The operation's path as in the contract, so that metrics have one series for it. */
  route = 'other';
  /** Query parameters, checked and of the types that the contract gives them. */
  query: object = {};
  readonly expiry = new Expiry();
  readonly #startedAt = performance.now();

  constructor(
    readonly request: Request,
    readonly response: Response,
    readonly logger: Logger,
  ) {
    const sent = request.headers['x-request-id'];
    this.id = typeof sent === 'string' && CLIENT_ID.test(sent) ? sent : randomUUID();
  }

  get log(): Logger {
    return this.logger.child({ request: this.id });
  }

  /** Aborted when the client leaves before the answer, or when its time is over. */
  get signal(): AbortSignal {
    return this.expiry.signal;
  }

  /** The connection is done with the answer, or gone. */
  close(metrics: Metrics): void {
    const { request, response, route } = this;
    const { method, originalUrl: path } = request;
    this.expiry.end();
    if (!response.writableFinished) this.expiry.leave();
    const ms = performance.now() - this.#startedAt;
    const status = response.writableFinished ? response.statusCode : 499;
    metrics.request(route, method, status, ms / 1000);
    const level = QUIET.has(route) ? 'debug' : 'info';
    if (!this.logger.isLevelEnabled(level)) return;
    const stages = response.getHeader('Server-Timing');
    const about = { request: this.id, method, path, status, ms: Math.round(ms * 10) / 10, stages };
    this.logger[level](about, status === 499 ? 'client left' : 'answered');
  }
}

const contexts = new WeakMap<Request, RequestContext>();

export function contextOf(request: Request): RequestContext {
  return contexts.get(request)!;
}

/** Gives every request its context, logs and counts it, and notices when the client leaves. */
export function requestContext(log: Logger, metrics: Metrics): RequestHandler {
  return (request, response, next) => {
    const context = new RequestContext(request, response, log);
    contexts.set(request, context);
    response.setHeader('X-Request-Id', context.id);
    response.on('close', () => context.close(metrics));
    next();
  };
}
