import { type Feed, openVectorReader, type ResidentTensor, release } from '../../model/onnx/resident-session.js';
import type { Device, HostTensor } from '../../model/onnx/session.js';
import type { DROPOUT_PHASE } from './dropout.js';

/** What a step changes: the parameters and AdamW's moments, flat [P] each. */
export const WEIGHTS = ['parameters', 'moment1', 'moment2'] as const;
export type Weights = Record<(typeof WEIGHTS)[number], Float32Array>;

/** Inputs that change from step to step: the optimizer's learning rates by group and 1 - beta^t, and, where it drops, dropout's phase. */
export type StepRates = Record<'learning_rates' | 'bias_corrections', HostTensor> &
  Partial<Record<typeof DROPOUT_PHASE, HostTensor>>;

/** What a step says of itself: its losses by name, and the norm of the gradient before clipping. */
export interface StepFigures {
  losses: Record<string, number>;
  gradientNorm: number;
}

/** One step as a function of its inputs, on some device. */
export interface StepFunction {
  run(
    weights: Record<keyof Weights, Feed>,
    batch: Record<string, HostTensor>,
    rates: StepRates,
  ): Promise<StepFigures & { updated: Record<keyof Weights, ResidentTensor> }>;
  release(): Promise<void>;
}

/** Takes steps one after the other, from weights that stay where its device has them. */
export interface Stepper {
  step(batch: Record<string, HostTensor>, rates: StepRates): Promise<StepFigures>;
  /** The weights after the last step, on the host. */
  weights(): Promise<Weights>;
  release(): Promise<void>;
}

/** Begins at `weights`, which the first step brings to the device. */
export async function openStepper(stepFunction: StepFunction, weights: Weights, device: Device): Promise<Stepper> {
  const { length } = weights.parameters;
  const reader = await openVectorReader(length, device);
  let current = Object.fromEntries(
    WEIGHTS.map((name): [string, Feed] => [name, { dtype: 'float32', shape: [length], data: weights[name] }]),
  ) as Record<keyof Weights, Feed>;
  return {
    async step(batch, rates) {
      const { updated, ...figures } = await stepFunction.run(current, batch, rates);
      for (const name of WEIGHTS) release(current[name]);
      current = updated;
      return figures;
    },
    async weights() {
      const { parameters, moment1, moment2 } = current;
      return {
        parameters: await reader.read(parameters),
        moment1: await reader.read(moment1),
        moment2: await reader.read(moment2),
      };
    },
    async release() {
      for (const name of WEIGHTS) release(current[name]);
      await reader.release();
      await stepFunction.release();
    },
  };
}
