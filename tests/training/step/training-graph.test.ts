// One training step as a whole: gradient, clipping and update together, and that steps learn.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type HostTensor, openSession, type Session } from '../../../model/onnx/session.js';
import { pretraining } from '../../../training/objectives/pretraining.js';
import { initialParameters } from '../../../training/run/initialize.js';
import { PARAMETER_GROUPS } from '../../../training/step/parameter-groups.js';
import { gradientGraph, trainingGraph } from '../../../training/step/training-graph.js';
import { float32, numbersOf, runGraph } from '../../fixtures/run-graph.js';
import {
  feedsOf,
  layoutOf,
  OPTIMIZER,
  SETTINGS,
  SHALLOW,
  smallBatch,
  trainedParameters,
} from '../../fixtures/small-pretraining.js';

const layout = layoutOf(SHALLOW);
const settings = { ...SETTINGS, negatives: 'sampled' as const };
const BATCH: Record<string, HostTensor> = smallBatch(SHALLOW, settings);

let session: Session;
beforeAll(async () => {
  session = await openSession(
    trainingGraph(layout, (root) => pretraining(root, SHALLOW, settings), OPTIMIZER),
    { threads: 1 },
  );
});
afterAll(() => session.release());

const flat = (values: ArrayLike<number>) => float32([values.length], Array.from(values));
const zeros = () => new Float32Array(layout.size);

/** Step `t`, counted from 1, from a state. */
const stepFrom = (
  state: { parameters: ArrayLike<number>; moment1: ArrayLike<number>; moment2: ArrayLike<number> },
  t: number,
  rate: number,
) =>
  session.run({
    ...Object.fromEntries(Object.entries(BATCH).filter(([name]) => !/^negative_(image|text)$/.test(name))),
    parameters: flat(state.parameters),
    moment1: flat(state.moment1),
    moment2: flat(state.moment2),
    learning_rates: flat(PARAMETER_GROUPS.map(() => rate)),
    bias_corrections: flat([1 - OPTIMIZER.beta1 ** t, 1 - OPTIMIZER.beta2 ** t]),
  });
const stateAfter = (out: Record<string, HostTensor>) => ({
  parameters: numbersOf(out.updated_parameters),
  moment1: numbersOf(out.updated_moment1),
  moment2: numbersOf(out.updated_moment2),
});

describe('a step', () => {
  const parameters = trainedParameters(layout);

  test('has the losses and the gradient of the gradient graph, clipped, in its moments', async () => {
    const graph = gradientGraph(layout, (root) => pretraining(root, SHALLOW, settings));
    const wanted = await runGraph(graph, feedsOf(graph, { ...BATCH, parameters: flat(parameters) }));
    const out = await stepFrom({ parameters, moment1: zeros(), moment2: zeros() }, 1, 1e-3);
    for (const name of ['loss.itc', 'loss.itm', 'loss.mlm', 'loss.mim'])
      expect(numbersOf(out[name])[0]).toBeCloseTo(numbersOf(wanted[name])[0]!, 5);
    const gradient = layout.parameters.flatMap(({ name }) => numbersOf(wanted[`grad.${name}`]));
    const norm = Math.hypot(...gradient);
    expect(norm).toBeGreaterThan(OPTIMIZER.clipNorm);
    expect(numbersOf(out.gradient_norm)[0]! / norm).toBeCloseTo(1, 4);
    const { moment1 } = stateAfter(out);
    for (const [i, g] of gradient.entries()) expect(Math.abs(moment1[i]! - (0.1 * g) / norm)).toBeLessThan(1e-6);
  });

  test('with a rate of 0 changes no parameter', async () => {
    const out = await stepFrom({ parameters, moment1: zeros(), moment2: zeros() }, 1, 0);
    expect(numbersOf(out.updated_parameters)).toEqual([...parameters]);
  });

  test('is the same each time', async () => {
    const state = { parameters, moment1: zeros(), moment2: zeros() };
    expect(await stepFrom(state, 1, 1e-3)).toEqual(await stepFrom(state, 1, 1e-3));
  });
});

test('steps on one batch bring every loss down', async () => {
  const losses = (out: Record<string, HostTensor>) =>
    ['loss.itc', 'loss.itm', 'loss.mlm', 'loss.mim'].map((name) => numbersOf(out[name])[0]!);
  let out = await stepFrom(
    { parameters: initialParameters(layout, 1, 0.02), moment1: zeros(), moment2: zeros() },
    1,
    0,
  );
  const first = losses(out);
  for (let t = 1; t <= 120; t++) out = await stepFrom(stateAfter(out), t, 5e-3);
  const last = losses(out);
  for (const [i, loss] of last.entries()) expect(loss).toBeLessThan(first[i]! * 0.7);
});
