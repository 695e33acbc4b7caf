/** Recall at 1, 5 and 10, percentages in [0, 100]. */
export interface Recalls {
  r1: number;
  r5: number;
  r10: number;
}

/** Share of `ranks` (from 1) that are at most 1, 5 and 10. */
export function recalls(ranks: readonly number[]): Recalls {
  const at = (k: number) => (100 * ranks.filter((rank) => rank <= k).length) / Math.max(1, ranks.length);
  return { r1: at(1), r5: at(5), r10: at(10) };
}

/** Indices ordered by falling score; equal scores in file order. */
export function orderByScore(scores: Float32Array): Uint32Array {
  const order = Uint32Array.from(scores, (_, i) => i);
  return order.sort((a, b) => scores[b]! - scores[a]! || a - b);
}

/**
 * The rank (from 1) of the best of the `right` candidates. `order` is the ITC order; its first `k` are ordered anew by `score`, equal
 * scores in file order, and the others follow as they were.
 */
export function rankOfBest(
  order: Uint32Array,
  right: ReadonlySet<number>,
  k: number,
  score: ((candidate: number) => number) | null,
): number {
  if (score) {
    const head = order.slice(0, k);
    const scores = new Map([...head].map((candidate) => [candidate, score(candidate)]));
    const reranked = [...head].sort((a, b) => scores.get(b)! - scores.get(a)! || a - b);
    const at = reranked.findIndex((candidate) => right.has(candidate));
    if (at >= 0) return at + 1;
  }
  return order.findIndex((candidate) => right.has(candidate)) + 1;
}
