/** A token and how probable it is, in [0, 1]. */
export interface ScoredToken {
  id: number;
  score: number;
}

/** The `count` most probable tokens by their logits [V], best first: softmax over the whole vocabulary; equal ones by id. */
export function topTokens(logits: Float32Array, count: number): ScoredToken[] {
  const most = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit - most), 0);
  return Array.from(logits.keys())
    .sort((a, b) => logits[b]! - logits[a]! || a - b)
    .slice(0, count)
    .map((id) => ({ id, score: Math.exp(logits[id]! - most) / total }));
}
