import { add, div, mul, slice, sqrt } from '../../model/graph/ops.js';
import type { Value } from '../../model/graph/value.js';
import type { BlockState, BlockUpdate } from './optimizer.js';

export interface AdamWSettings {
  beta1: number;
  beta2: number;
  epsilon: number;
}

/**
 * AdamW (Loshchilov and Hutter 2017, Algorithm 2), with s the factor that clips the gradient's norm:
 *   m = b1 m + (1 - b1) s g,  v = b2 v + (1 - b2) (s g)^2,  change = (m / c1) / (sqrt(v / c2) + epsilon).
 */
export function adamWRule(
  { beta1, beta2, epsilon }: AdamWSettings,
  { clip, biasCorrections }: { clip: Value | null; biasCorrections: Value },
) {
  const share1 = clip ? mul(clip, 1 - beta1) : 1 - beta1;
  const share2 = clip ? mul(mul(clip, clip), 1 - beta2) : 1 - beta2;
  // (m / c1) / (sqrt(v / c2) + epsilon) = sqrt(c2) / c1 m / (sqrt(v) + epsilon sqrt(c2)): a pass less over all parameters.
  const root = sqrt(slice(biasCorrections, 0, 1, 2));
  const correction = div(root, slice(biasCorrections, 0, 0, 1));
  const least = mul(root, epsilon);
  return ({ gradient, moment1, moment2 }: BlockState, square: Value): BlockUpdate => {
    const mean = add(mul(moment1, beta1), mul(gradient, share1));
    const variance = add(mul(moment2, beta2), mul(square, share2));
    const change = div(mean, add(sqrt(variance), least));
    return { change, factor: correction, moment1: mean, moment2: variance };
  };
}
