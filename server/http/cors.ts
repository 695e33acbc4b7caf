import cors from 'cors';
import type { RequestHandler } from 'express';

/** What pages of other origins may read besides the body. */
const EXPOSED = ['Retry-After', 'Server-Timing', 'X-Request-Id'];
/** How long a browser may remember that it may ask, in seconds. */
const REMEMBERED = 600;

/** Lets pages of the listed origins call the server (`*` = of all); with an empty list browsers allow its own pages only. */
export function allowOrigins(origins: readonly string[]): RequestHandler {
  if (origins.length === 0) return (_request, _response, next) => next();
  return cors({
    origin: origins.includes('*') ? '*' : [...origins],
    exposedHeaders: EXPOSED,
    maxAge: REMEMBERED,
  });
}
