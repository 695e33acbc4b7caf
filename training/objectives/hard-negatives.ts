import { add, argMax, log, mul, reduceMax, softmax, sub, transpose } from '../../model/graph/ops.js';
import type { Value } from '../../model/graph/value.js';

const EXCLUDED = 1e9;

export interface Negatives {
  /** For each text the index of an image that does not match it [B] int64. */
  images: Value;
  /** For each image the index of a text that does not match it [B] int64. */
  texts: Value;
  /** 1 where the pair has a candidate at all, else 0 [B]. */
  exist: Value;
}

/**
 * In-batch hard negatives (section 3.2, after ALBEF): drawn from softmax(similarity) over the candidates by the Gumbel-max trick, the
 * noise being an input, so that the step stays a pure function. `allowed` [B,B] is symmetric: 0 for the pair itself, for identical
 * captions and for the same picture. A batch without candidates (B = 1) is survived: `exist` is 0 there. `epsilon` is added to every
 * candidate's share of the softmax over all (BLIP 1e-4, X-VLM 1e-5), so that none is out of reach.
 */
export function sampleNegatives(
  similarities: Value,
  allowed: Value,
  noise: { images: Value; texts: Value },
  epsilon = 0,
): Negatives {
  const excluded = mul(sub(allowed, 1), EXCLUDED);
  const weigh = (scores: Value) => (epsilon > 0 ? log(add(softmax(scores, 1), epsilon)) : scores);
  const draw = (scores: Value, gumbel: Value) => argMax(add(add(weigh(scores), gumbel), excluded), 1);
  return {
    images: draw(transpose(similarities, [1, 0]), noise.images),
    texts: draw(similarities, noise.texts),
    exist: reduceMax(allowed, [1]),
  };
}
