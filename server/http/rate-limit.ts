import type { RequestHandler } from 'express';
import { rateLimit } from 'express-rate-limit';
import { Problem } from './problems.js';

const MINUTE_MS = 60_000;

/**
 * Lets one address (of IPv6: one /56 network) make so many requests under /v1 in a minute; 0 = any number. Every answer says in the
 * header RateLimit how many are left.
 */
export function limitRate(requestsPerMinute: number): RequestHandler {
  if (requestsPerMinute === 0) return (_request, _response, next) => next();
  return rateLimit({
    windowMs: MINUTE_MS,
    limit: requestsPerMinute,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    skip: ({ path }) => !path.startsWith('/v1/'),
    // What a stranger writes into X-Forwarded-For is no news for the log.
    validate: false,
    // It has set Retry-After by then.
    handler: () => {
      throw new Problem('rate-limited', `more than ${requestsPerMinute} requests in a minute`);
    },
  });
}
