import type { RequestHandler } from 'express';
import type { Operation } from './contract.js';
import { Problem } from './problems.js';

function hasBody(headers: Record<string, unknown>): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** The media type of a request's body, in lower case and without parameters. */
export function mediaTypeOf(contentType = ''): string {
  return contentType.split(';', 1)[0]!.trim().toLowerCase();
}

/** Whether a body comes piece by piece and is read by the handler of its operation. */
export function isStreamed(operation: Operation, contentType: string | undefined): boolean {
  const type = mediaTypeOf(contentType);
  return type === 'application/x-ndjson' || (type === 'multipart/form-data' && !!operation['x-streamed-form']);
}

/** Refuses bodies of media types that the operation does not take. */
export function checkMediaType({ requestBody }: Operation): RequestHandler {
  const taken = Object.keys(requestBody?.content ?? {});
  return ({ headers }, _response, next) => {
    const type = mediaTypeOf(headers['content-type']);
    if (!taken.includes(type) && hasBody(headers)) {
      throw new Problem('unsupported-type', `expected ${taken.join(', ')}, got ${type || 'no media type'}`);
    }
    next();
  };
}
