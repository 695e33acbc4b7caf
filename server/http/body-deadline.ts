import type { RequestHandler } from 'express';
import type { Operation } from './contract.js';
import { sendProblem } from './error-handler.js';
import { isStreamed } from './media-type.js';
import { Problem } from './problems.js';
import { contextOf } from './request-context.js';

const NEWLINE = 0x0a;

/**
 * Ends requests whose body does not arrive in time, so that slow or dead clients hold nothing. A stream may take as long as it likes, but
 * each of its lines has to arrive in this time.
 */
export function bodyDeadline(operation: Operation, ms: number): RequestHandler {
  return (request, response, next) => {
    const streamed = isStreamed(operation, request.headers['content-type']);
    const timer = setTimeout(() => {
      // What waits here to be read is not late.
      if (streamed && (request.readableLength > 0 || request.complete)) return void timer.refresh();
      if (streamed && response.headersSent) return void request.destroy();
      if (response.headersSent) return;
      response.set('Connection', 'close');
      const what = streamed ? 'each line' : 'the body';
      sendProblem(response, new Problem('body-timeout', `expected ${what} within ${ms} ms`), contextOf(request).id);
      // Once there is an answer Node forgets the request, and who reads it would wait for ever.
      request.socket.once('close', () => request.destroy());
    }, ms);
    if (streamed) {
      // Paused until its reader is there: somebody who listens would set it flowing.
      request.pause().on('data', (chunk: Buffer) => {
        if (chunk.includes(NEWLINE)) timer.refresh();
      });
    }
    const arrived = (): void => clearTimeout(timer);
    request.once('end', arrived);
    response.once('close', arrived);
    next();
  };
}
