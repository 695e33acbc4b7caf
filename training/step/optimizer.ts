import { add, concat, div, min, mul, reduceSum, reshape, slice, sqrt, sub } from '../../model/graph/ops.js';
import type { Value } from '../../model/graph/value.js';
import { type AdamWSettings, adamWRule } from './adamw.js';
import { type FlatLayout, splitBlocks } from './flat-parameters.js';
import { type MuonSettings, muonRule } from './muon.js';
import { PARAMETER_GROUPS } from './parameter-groups.js';

export interface OptimizerSettings extends AdamWSettings, MuonSettings {
  /** Muon updates the weight matrices of blocks only; all else is AdamW's. */
  kind: 'adamw' | 'muon';
  weightDecay: number;
  /** Largest Euclidean norm of the gradient; null: no clipping. */
  clipNorm: number | null;
}

export interface OptimizerInputs {
  /** The parameters and their gradients, a value per block of the layout. */
  parameters: readonly Value[];
  gradients: readonly Value[];
  /** First and second moments [P]. */
  moment1: Value;
  moment2: Value;
  /** Learning rate of each group, in the order of PARAMETER_GROUPS [12]. */
  learningRates: Value;
  /** 1 - beta1^t and 1 - beta2^t of the step t = 1, 2, ... [2] */
  biasCorrections: Value;
}

/** The updated buffers [P], and the norm of the gradient before clipping. */
export interface OptimizerOutputs {
  parameters: Value;
  moment1: Value;
  moment2: Value;
  gradientNorm: Value;
}

/** What an update rule reads of a block. */
export interface BlockState {
  gradient: Value;
  moment1: Value;
  moment2: Value;
}

/** What an update rule makes of it: the parameters move against `change`, by the learning rate times `factor` [1]. */
export interface BlockUpdate {
  change: Value;
  factor: Value | number;
  moment1: Value;
  moment2: Value;
}

/**
 * The update of all parameters, with decoupled weight decay: p = p (1 - lr wd) - lr change, by the rule of the block.
 * Block after block, so that each of the passes finds its operands in the cache.
 */
export function optimize(layout: FlatLayout, inputs: OptimizerInputs, settings: OptimizerSettings): OptimizerOutputs {
  const { kind, weightDecay, clipNorm } = settings;
  const { parameters, gradients, learningRates, biasCorrections } = inputs;
  const squares = gradients.map((gradient) => mul(gradient, gradient));
  const gradientNorm = sqrt(
    squares.map((square) => reduceSum(square, [0], true)).reduce((sum, part) => add(sum, part)),
  ); // [1]
  const clip = clipNorm === null ? null : min(div(clipNorm, add(gradientNorm, 1e-6)), 1);
  const adamW = adamWRule(settings, { clip, biasCorrections });
  const muon = muonRule(settings, { clip });
  const rates = PARAMETER_GROUPS.map((_, i) => slice(learningRates, 0, i, i + 1));
  const keeps = rates.map((rate) => sub(1, mul(rate, weightDecay)));
  const moments1 = splitBlocks(inputs.moment1, layout);
  const moments2 = splitBlocks(inputs.moment2, layout);
  const updated = layout.blocks.map((block, i) => {
    const state = { gradient: gradients[i]!, moment1: moments1[i]!, moment2: moments2[i]! };
    const { change, factor, ...moments } =
      kind === 'muon' && block.matrix ? muon(state, block.matrix) : adamW(state, squares[i]!);
    const group = PARAMETER_GROUPS.indexOf(block.group);
    const kept = block.decay && weightDecay > 0 ? mul(parameters[i]!, keeps[group]!) : parameters[i]!;
    return { parameters: sub(kept, mul(change, mul(rates[group]!, factor))), ...moments };
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
