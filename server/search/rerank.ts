import type { Collection, NearestHit } from '../collections/collection.js';
import { inLanes } from '../inference/in-lanes.js';
import type { EncodeOptions, LoadedModel } from '../inference/loaded-model.js';
import type { Tokens } from '../inference/tokens.js';

export interface ScoredCandidate extends NearestHit {
  /** Probability, 0 to 1; null where it was not re-ranked. */
  itm: number | null;
}

export interface RerankQuery {
  model: LoadedModel;
  collection: Collection;
  query: Tokens;
  /** What the candidates are; the query is of the other kind. */
  target: 'image' | 'text';
  /** By performance.now(): no chunk is started after it. */
  deadline: number;
  options: EncodeOptions;
}

/**
 * Scores candidates with the cross-encoder, a chunk at a time from the nearest on, and sorts them by match probability; those that
 * the deadline left out follow, by cosine. Their tokens come from the store, so that no candidate is encoded again.
 */
export async function rerank(candidates: readonly NearestHit[], rerankQuery: RerankQuery): Promise<ScoredCandidate[]> {
  const { model, collection, query, target, deadline, options } = rerankQuery;
  const width = query.tokens.length / query.rows;
  const score = async (chunk: NearestHit[]): Promise<ScoredCandidate[]> => {
    // A candidate that was deleted a moment ago has no tokens any more.
    const present = chunk.flatMap((candidate) => {
      const tokens = collection.tokensAt(target, candidate.label);
      return tokens ? [{ candidate, found: { tokens, rows: tokens.length / width } }] : [];
    });
    const pairs = present.map(({ found }) =>
      target === 'image' ? { image: found, text: query } : { image: query, text: found },
    );
    const probabilities = await model.match(pairs, options);
    return present.map(({ candidate }, index) => ({ ...candidate, itm: probabilities[index]! }));
  };
  const withinTime = (): boolean => performance.now() < deadline;
  const scored = await inLanes(candidates, () => model.matchChunk(), score, withinTime);
  const done = new Set(scored.map(({ id }) => id));
  const rest = candidates.filter(({ id }) => !done.has(id)).map((candidate) => ({ ...candidate, itm: null }));
  scored.sort((a, b) => b.itm! - a.itm! || b.itc - a.itc);
  return [...scored, ...rest];
}
