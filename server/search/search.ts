import type { Collection } from '../collections/collection.js';
import type { EncodeOptions, LoadedModel } from '../inference/loaded-model.js';
import { noTimes, type StageTimes } from '../inference/stage-times.js';
import type { Predicate } from './filter.js';
import { encodeQuery, type Query } from './query.js';
import { rerank, type ScoredCandidate } from './rerank.js';

export interface SearchOptions {
  target: 'image' | 'text';
  k: number;
  offset: number;
  /** At least offset + k. */
  candidates: number;
  rerank: boolean;
  timeoutMs?: number;
  efSearch?: number;
  filter?: Predicate;
  signal?: AbortSignal;
}

/** Milliseconds of each stage; `modelMs` is what the graphs themselves ran. */
export interface SearchTimes extends StageTimes {
  annMs: number;
  rerankMs: number;
  totalMs: number;
}

export interface SearchResult {
  /** The page from `offset` on, best first. */
  hits: ScoredCandidate[];
  reranked: number;
  truncated: boolean;
  times: SearchTimes;
}

/**
 * Finds the items nearest to a query and lets the cross-encoder order them (section 3.2 of the paper: ITC proposes, ITM decides).
 * Picture to picture and text to text have no cross-encoder and stay in the order of their cosines.
 * @throws PictureError, UnknownItemError, OverloadedError, AbortedError
 */
export async function search(
  query: Query,
  model: LoadedModel,
  collection: Collection,
  { target, k, offset, candidates, timeoutMs, efSearch, filter, signal, ...wanted }: SearchOptions,
): Promise<SearchResult> {
  const started = performance.now();
  const times = noTimes();
  const options: EncodeOptions = { times, ...(signal ? { signal } : {}) };
  const { kind, embedding, tokens, truncated } = await encodeQuery(query, model, collection, options);
  const encodedAt = performance.now();

  const nearest = await collection.nearest({
    target,
    embedding,
    k: candidates,
    ...(efSearch ? { efSearch } : {}),
    ...(filter ? { filter } : {}),
  });
  const foundAt = performance.now();

  const deadline = timeoutMs === undefined ? Number.POSITIVE_INFINITY : started + timeoutMs;
  const reranking = wanted.rerank && kind !== target;
  const ranked = reranking
    ? await rerank(nearest, { model, collection, query: tokens, target, deadline, options })
    : nearest.map((candidate) => ({ ...candidate, itm: null }));
  const now = performance.now();

  return {
    hits: ranked.slice(offset, offset + k),
    reranked: ranked.filter(({ itm }) => itm !== null).length,
    truncated,
    times: { ...times, annMs: foundAt - encodedAt, rerankMs: reranking ? now - foundAt : 0, totalMs: now - started },
  };
}
