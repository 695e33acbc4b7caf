import type { RequestHandler } from 'express';
import { Problem } from './problems.js';

const SUPPORTED = ['application/json', 'application/x-ndjson', 'multipart/form-data'];

function hasBody(headers: Record<string, unknown>): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** The media type of a request's body, in lower case and without parameters. */
export function mediaTypeOf(contentType = ''): string {
  return contentType.split(';')[0]!.trim().toLowerCase();
}

/**
 * Refuses bodies of other media types, and drops the header where there is no body: the request validator compiles its schemas anew for
 * every spelling of this header, which strangers must not be able to multiply.
 */
export const checkMediaType: RequestHandler = (request, _response, next) => {
  const { headers } = request;
  const type = mediaTypeOf(headers['content-type']);
  if (!SUPPORTED.includes(type)) {
    if (hasBody(headers))
      throw new Problem('unsupported-type', `expected ${SUPPORTED.join(', ')}, got ${type || 'no media type'}`);
    delete headers['content-type'];
  }
  next();
};

/** After the body is read, what is left of the header is the bare media type. */
export const bareMediaType: RequestHandler = ({ headers }, _response, next) => {
  if (headers['content-type']) headers['content-type'] = mediaTypeOf(headers['content-type']);
  next();
};
