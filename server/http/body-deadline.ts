import type { RequestHandler } from 'express';
import type { Operation } from './contract.js';
import { sendProblem } from './error-handler.js';
import { isStreamed } from './media-type.js';
import { Problem } from './problems.js';
import { contextOf } from './request-context.js';

/**
 * Ends requests whose body does not arrive in time, so that slow or dead clients hold nothing. A stream may take as long as it
 * likes while something arrives.
 */
export function bodyDeadline(operation: Operation, ms: number): RequestHandler {
  return (request, response, next) => {
    if (isStreamed(operation, request.headers['content-type'])) {
      request.setTimeout(ms, () => request.destroy());
      return next();
    }
    const timer = setTimeout(() => {
      if (response.headersSent) return;
      response.set('Connection', 'close');
      sendProblem(response, new Problem('body-timeout', `expected the body within ${ms} ms`), contextOf(request).id);
    }, ms);
    const arrived = (): void => clearTimeout(timer);
    request.once('end', arrived);
    response.once('close', arrived);
    next();
  };
}
