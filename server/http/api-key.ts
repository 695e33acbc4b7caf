import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestHandler } from 'express';
import { type Contract, operationsOf } from './contract.js';
import { Problem } from './problems.js';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Lets pass who knows the key, and everyone where the contract says that an operation needs none. Without a key all is open. */
export function requireApiKey(contract: Contract, apiKey: string | undefined): RequestHandler {
  if (apiKey === undefined) return (_request, _response, next) => next();
  const open = new Set<string>();
  for (const { path, operation } of operationsOf(contract)) if (operation.security?.length === 0) open.add(path);
  const expected = digest(apiKey);
  return (request, _response, next) => {
    const [, key] = /^Bearer +(.+)$/i.exec(request.headers.authorization ?? '') ?? [];
    // Digests have one length, so the comparison says nothing about the key's.
    const known = key !== undefined && timingSafeEqual(digest(key), expected);
    if (known || open.has(request.path)) return next();
    const detail = key === undefined ? 'expected the header Authorization: Bearer <key>' : 'this is not the key';
    throw new Problem('unauthorized', detail, [], { 'WWW-Authenticate': 'Bearer' });
  };
}
