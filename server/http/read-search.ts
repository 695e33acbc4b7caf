import { isMatcher } from '../../model/bundle/manifest.js';
import type { Core } from '../core.js';
import type { LoadedModel } from '../inference/loaded-model.js';
import { pictureBytes } from '../pictures/picture-bytes.js';
import { compileFilter } from '../search/filter.js';
import type { Query } from '../search/query.js';
import type { SearchOptions } from '../search/search.js';
import type { components } from './api.js';
import { fieldProblem } from './problems.js';
import { usableText } from './usable-text.js';

type SearchRequest = components['schemas']['SearchRequest'];

/** What a request searches for; the contract lets exactly one of the three through. */
export async function readQuery(
  { text, image, itemId }: SearchRequest,
  core: Core,
  signal: AbortSignal,
): Promise<Query> {
  if (text !== undefined) return { kind: 'text', text: usableText(text, 'text', core.limits.textCharacters) };
  if (itemId !== undefined) return { kind: 'item', id: itemId };
  return { kind: 'image', bytes: await pictureBytes(image!, 'image', core, signal) };
}

/**
 * The options of a search with their defaults.
 * @throws Problem when fewer candidates are asked for than the page needs
 */
export function readSearchOptions(request: SearchRequest, { manifest }: LoadedModel): SearchOptions {
  const { target = 'image', k = 10, offset = 0, rerank = true, timeoutMs, efSearch, filter } = request;
  const needed = offset + k;
  const { candidates = Math.max(manifest.rerank.candidates, needed) } = request;
  if (candidates < needed) {
    throw fieldProblem('bad-request', 'candidates', `expected at least offset + k = ${needed}, got ${candidates}`);
  }
  return {
    target,
    k,
    offset,
    candidates,
    rerank: rerank && isMatcher(manifest),
    timeoutMs,
    efSearch,
    ...(filter ? { filter: compileFilter(filter) } : {}),
  };
}
