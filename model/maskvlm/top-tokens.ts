/** A token and how probable it is, in [0, 1]. */
export interface ScoredToken {
  id: number;
  score: number;
}

/** The `count` highest logits' ids, best first; equal ones by id. One pass: a vocabulary is long, and few of it are asked for. */
function highest(logits: Float32Array, count: number): number[] {
  const best: number[] = [];
  for (let id = 0; id < logits.length; id++) {
    const logit = logits[id]!;
    if (best.length === count && logit <= logits[best.at(-1)!]!) continue;
    let place = best.length;
    while (place > 0 && logits[best[place - 1]!]! < logit) place--;
    best.splice(place, 0, id);
    if (best.length > count) best.pop();
  }
  return best;
}

/** The `count` (at least 1) most probable tokens by their logits [V], best first: softmax over the whole vocabulary; equal ones by id. */
export function topTokens(logits: Float32Array, count: number): ScoredToken[] {
  const most = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit - most), 0);
  return highest(logits, count).map((id) => ({ id, score: Math.exp(logits[id]! - most) / total }));
}
