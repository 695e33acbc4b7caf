import { add, concat, div, min, mul, reduceSum, reshape, slice, sqrt, sub } from '../../model/graph/ops.js';
import type { Value } from '../../model/graph/value.js';
import { type FlatLayout, splitBlocks } from './flat-parameters.js';
import { PARAMETER_GROUPS } from './parameter-groups.js';

export interface AdamWSettings {
  beta1: number;
  beta2: number;
  epsilon: number;
  weightDecay: number;
  /** Largest Euclidean norm of the gradient; null: no clipping. */
  clipNorm: number | null;
}

export interface AdamWInputs {
  /** The parameters and their gradients, a value per block of the layout. */
  parameters: readonly Value[];
  gradients: readonly Value[];
  /** First and second moments [P]. */
  moment1: Value;
  moment2: Value;
  /** Learning rate of each group, in the order of PARAMETER_GROUPS [8]. */
  learningRates: Value;
  /** 1 - beta1^t and 1 - beta2^t of the step t = 1, 2, ... [2] */
  biasCorrections: Value;
}

/** The updated buffers [P], and the norm of the gradient before clipping. */
export interface AdamWOutputs {
  parameters: Value;
  moment1: Value;
  moment2: Value;
  gradientNorm: Value;
}

/**
 * AdamW with decoupled weight decay (Loshchilov and Hutter 2017, Algorithm 2), with s the factor that clips the gradient's norm:
 *   m = b1 m + (1 - b1) s g,  v = b2 v + (1 - b2) (s g)^2,  p = p (1 - lr wd) - lr (m / c1) / (sqrt(v / c2) + epsilon).
 * Block after block, so that each of its passes finds its operands in the cache.
 */
export function adamW(layout: FlatLayout, inputs: AdamWInputs, settings: AdamWSettings): AdamWOutputs {
  const { beta1, beta2, epsilon, weightDecay, clipNorm } = settings;
  const { parameters, gradients, learningRates, biasCorrections } = inputs;
  const squares = gradients.map((gradient) => mul(gradient, gradient));
  const gradientNorm = sqrt(
    squares.map((square) => reduceSum(square, [0], true)).reduce((sum, part) => add(sum, part)),
  ); // [1]
  const clip = clipNorm === null ? null : min(div(clipNorm, add(gradientNorm, 1e-6)), 1);
  const share1 = clip ? mul(clip, 1 - beta1) : 1 - beta1;
  const share2 = clip ? mul(mul(clip, clip), 1 - beta2) : 1 - beta2;
  // lr / (sqrt(v / c2) + epsilon) = lr sqrt(c2) / (sqrt(v) + epsilon sqrt(c2)): a pass less over all parameters.
  const root = sqrt(slice(biasCorrections, 0, 1, 2));
  const rates = mapGroups(learningRates, div(root, slice(biasCorrections, 0, 0, 1)), weightDecay);
  const least = mul(root, epsilon);
  const before = { moment1: splitBlocks(inputs.moment1, layout), moment2: splitBlocks(inputs.moment2, layout) };
  const updated = layout.blocks.map(({ group, decay }, i) => {
    const moment1 = add(mul(before.moment1[i]!, beta1), mul(gradients[i]!, share1));
    const moment2 = add(mul(before.moment2[i]!, beta2), mul(squares[i]!, share2));
    const change = div(moment1, add(sqrt(moment2), least));
    const { rate, keep } = rates[PARAMETER_GROUPS.indexOf(group)]!;
    const kept = decay && weightDecay > 0 ? mul(parameters[i]!, keep) : parameters[i]!;
    return { parameters: sub(kept, mul(change, rate)), moment1, moment2 };
  });
  const join = (key: 'parameters' | 'moment1' | 'moment2') =>
    concat(
      updated.map((block) => block[key]),
      0,
    );
  return {
    parameters: join('parameters'),
    moment1: join('moment1'),
    moment2: join('moment2'),
    gradientNorm: reshape(gradientNorm, []),
  };
}

/** For each group lr times `correction`, and 1 - lr wd, [1] each. */
function mapGroups(learningRates: Value, correction: Value, weightDecay: number): { rate: Value; keep: Value }[] {
  return PARAMETER_GROUPS.map((_, i) => {
    const rate = slice(learningRates, 0, i, i + 1);
    return { rate: mul(rate, correction), keep: sub(1, mul(rate, weightDecay)) };
  });
}
