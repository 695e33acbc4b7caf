import type { RequestHandler } from 'express';
import { isShallow } from '../is-shallow.js';
import { checkSchema } from './check-schema.js';
import type { PlacedOperation } from './contract.js';
import { bodySchema, parameterSchema } from './contract-schemas.js';
import { isStreamed } from './media-type.js';
import { Problem } from './problems.js';
import { contextOf } from './request-context.js';

/** Refuses JSON whose depth would overflow the stack of the validator, or none where some is needed. */
function checkForm(body: unknown, isRequired: boolean): void {
  if (body === undefined && isRequired) {
    throw new Problem('bad-request', 'body: expected JSON, got nothing', [{ path: 'body', message: 'is missing' }]);
  }
  if (!isShallow(body)) throw new Problem('bad-request', 'body: nested too deep');
}

/**
 * Lets a request of one operation pass if path, query and body are as the contract says. The schemas are compiled here, once. A stream of
 * items is checked by who reads it.
 */
export function checkRequest(placed: PlacedOperation): RequestHandler {
  const [checkParameters, checkBody] = [parameterSchema(placed), bodySchema(placed)];
  const isRequired = placed.operation.requestBody?.required ?? false;
  return (request, _response, next) => {
    const parameters = { path: request.params, query: { ...request.query } };
    checkSchema(checkParameters, parameters);
    contextOf(request).query = parameters.query;
    if (checkBody && !isStreamed(placed.operation, request.headers['content-type'])) {
      const body: unknown = request.body;
      checkForm(body, isRequired);
      if (body !== undefined) checkSchema(checkBody, body, { at: '/body' });
    }
    next();
  };
}
