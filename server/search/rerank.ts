import type { Collection, NearestHit } from '../collections/collection.js';
import { inLanes } from '../inference/in-lanes.js';
import type { EncodeOptions, LoadedModel } from '../inference/loaded-model.js';
import type { Tokens } from '../inference/tokens.js';
import type { TokenKey } from '../store/token-reader.js';

export interface ScoredCandidate extends NearestHit {
  /** Probability, 0 to 1; null where it was not re-ranked. */
  itm: number | null;
}

export interface RerankQuery {
  model: LoadedModel;
  collection: Collection;
  query: Tokens | TokenKey;
  /** What the candidates are; the query is of the other kind. */
  target: 'image' | 'text';
  /** By performance.now(): no chunk is started after it. */
  deadline: number;
  options: EncodeOptions;
}

/**
 * Scores candidates with the cross-encoder, a chunk at a time from the nearest on, and sorts them by match probability; those that
 * the deadline left out follow, by cosine. The workers read their tokens in the store, so that no candidate is encoded again or sent.
 */
export async function rerank(candidates: readonly NearestHit[], rerankQuery: RerankQuery): Promise<ScoredCandidate[]> {
  const { model, collection, query, target, deadline, options } = rerankQuery;
  const score = async (chunk: NearestHit[]): Promise<ScoredCandidate[]> => {
    const pairs = chunk.map(({ label }) => {
      const found = collection.tokenKey(target, label);
      return target === 'image' ? { image: found, text: query } : { image: query, text: found };
    });
    const probabilities = await model.match(pairs, options);
    return chunk.map((candidate, index) => ({ ...candidate, itm: probabilities[index]! }));
  };
  const withinTime = (): boolean => performance.now() < deadline;
  const scored = await inLanes(candidates, () => model.matchChunk(), score, withinTime);
  const rest = candidates.slice(scored.length).map((candidate) => ({ ...candidate, itm: null }));
  // One that was deleted a moment ago has no tokens any more.
  const ranked = scored.filter(({ itm }) => itm !== null);
  ranked.sort((a, b) => b.itm! - a.itm! || b.itc - a.itc);
  return [...ranked, ...rest];
}
