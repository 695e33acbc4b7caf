import type { RequestHandler } from 'express';
import { isShallow } from '../items/is-shallow.js';
import { Problem } from './problems.js';

/** Refuses JSON whose depth would overflow the stack of the validator. */
export const checkDepth: RequestHandler = (request, _response, next) => {
  if (!isShallow(request.body)) throw new Problem('bad-request', 'body: nested too deep');
  next();
};

/** A missing body passes the validator where the schema is only a reference. */
export const checkBodyPresent: RequestHandler = (request, _response, next) => {
  const { openapi } = request as { openapi?: { schema?: { requestBody?: { required?: boolean } } } };
  const streamed = request.headers['content-type'] === 'application/x-ndjson';
  if (openapi?.schema?.requestBody?.required && request.body === undefined && !streamed) {
    throw new Problem('bad-request', 'body: expected JSON, got nothing', [{ path: 'body', message: 'is missing' }]);
  }
  next();
};
