// The gradient found part by part against that of one graph over the whole batch.
import { describe, expect, test } from 'vitest';
import type { ModelConfig } from '../../../model/maskvlm/config.js';
import type { ModelTask } from '../../../model/maskvlm/parameters.js';
import { type HostTensor, openSession } from '../../../model/onnx/session.js';
import type { BuildForward } from '../../../training/objectives/forward.js';
import { type PretrainingSettings, pretraining } from '../../../training/objectives/pretraining.js';
import { type Accumulator, openPlainAccumulator } from '../../../training/step/accumulator.js';
import { type FlatLayout, viewOf } from '../../../training/step/flat-parameters.js';
import { openPairAccumulator } from '../../../training/step/pair-accumulator.js';
import { gradientGraph } from '../../../training/step/training-graph.js';
import { float32, numbersOf } from '../../fixtures/run-graph.js';
import {
  feedsOf,
  layoutOf,
  SETTINGS,
  SHALLOW,
  SMALL,
  smallBatch,
  trainedParameters,
} from '../../fixtures/small-pretraining.js';
import { taskBatches } from '../../fixtures/task-batches.js';

const PAIRS = 6;
const drawn = smallBatch(SMALL, { ...SETTINGS, batch: PAIRS });
/** Pairs 0 and 1 share their picture, and pair 5 may be nobody's negative nor have one. */
const allowed = numbersOf(drawn.negative_allowed).map((flag, i) => {
  const [row, column] = [Math.floor(i / PAIRS), i % PAIRS];
  return row === 5 || column === 5 || (row < 2 && column < 2) ? 0 : flag;
});
const targets = Array.from({ length: PAIRS * PAIRS }, (_, i) => {
  const [row, column] = [Math.floor(i / PAIRS), i % PAIRS];
  return row < 2 && column < 2 ? 0.5 : row === column ? 1 : 0;
});
const PAIR_BATCH: Record<string, HostTensor> = {
  ...drawn,
  negative_allowed: float32([PAIRS, PAIRS], allowed),
  itc_targets: float32([PAIRS, PAIRS], targets),
};
const sampled = { ...SETTINGS, negatives: 'sampled' as const };
const losses = (...on: string[]) =>
  Object.fromEntries(
    ['itc', 'itm', 'mlm', 'mim'].map((loss) => [loss, on.includes(loss)]),
  ) as PretrainingSettings['losses'];

interface Found {
  losses: Record<string, number>;
  gradient: Float32Array;
}

async function inOneGraph(
  layout: FlatLayout,
  parameters: Float32Array,
  build: BuildForward,
  batch: Record<string, HostTensor>,
): Promise<Found> {
  const graph = gradientGraph(layout, build);
  const session = await openSession(graph, { threads: 1 });
  const out = await session.run(feedsOf(graph, { ...batch, parameters: float32([layout.size], parameters) }));
  await session.release();
  const gradient = new Float32Array(layout.size);
  for (const parameter of layout.parameters) viewOf(gradient, parameter).set(numbersOf(out[`grad.${parameter.name}`]));
  const found = Object.entries(out).filter(([name]) => name.startsWith('loss.'));
  return { losses: Object.fromEntries(found.map(([name, loss]) => [name.slice(5), numbersOf(loss)[0]!])), gradient };
}

async function inParts(
  accumulator: Accumulator,
  parameters: Float32Array,
  batch: Record<string, HostTensor>,
): Promise<Found> {
  const once = async () => {
    const { losses, gradient } = await accumulator.accumulate(float32([parameters.length], parameters), batch);
    return { losses, gradient: ('resident' in gradient ? gradient.resident.data : gradient.data) as Float32Array };
  };
  const first = await once();
  expect(await once()).toEqual(first);
  await accumulator.release();
  return first;
}

/** Equal within the rounding of float32, group by group: a small gradient is not to hide behind a large one. */
function expectEqual(layout: FlatLayout, parts: Found, whole: Found): void {
  expect(Object.keys(parts.losses).sort()).toEqual(Object.keys(whole.losses).sort());
  for (const [name, loss] of Object.entries(whole.losses)) expect(parts.losses[name]).toBeCloseTo(loss, 5);
  for (const parameter of layout.parameters) {
    const [a, b] = [viewOf(parts.gradient, parameter), viewOf(whole.gradient, parameter)];
    const gap = Math.hypot(...a.map((x, i) => x - b[i]!));
    expect(gap, parameter.name).toBeLessThan(2e-5 * Math.hypot(...b) + 2e-6);
  }
}

interface PairCase {
  name: string;
  parts: number;
  config?: ModelConfig;
  settings?: Partial<PretrainingSettings>;
  task?: ModelTask;
  recompute?: boolean;
}

describe('parts of a batch of pairs give the gradient of the whole batch', () => {
  test.each<PairCase>([
    { name: 'all losses, one modality masked', parts: 2, config: SMALL },
    { name: 'all losses, both masked', parts: 2, config: SMALL, settings: { strategy: 'both' } },
    { name: 'a pair at a time', parts: 6 },
    { name: 'ITC alone', parts: 2, settings: { losses: losses('itc') } },
    { name: 'ITM alone', parts: 2, settings: { losses: losses('itm') } },
    { name: 'MLM and MIM', parts: 2, settings: { losses: losses('mlm', 'mim'), strategy: 'both' } },
    { name: 'all but MIM', parts: 2, settings: { losses: losses('itc', 'itm', 'mlm') } },
    { name: 'all but MLM', parts: 2, settings: { losses: losses('itc', 'itm', 'mim') } },
    { name: 'retrieval', parts: 2, settings: { losses: losses('itc', 'itm') }, task: 'retrieval' },
    { name: 'with blocks computed again', parts: 2, recompute: true },
  ])('$name', async ({ parts, config = SHALLOW, settings, task, recompute = false }) => {
    const layout = layoutOf(config, task);
    const parameters = trainedParameters(layout);
    const whole = { ...sampled, ...settings, batch: PAIRS };
    const wanted = await inOneGraph(layout, parameters, (root) => pretraining(root, config, whole), PAIR_BATCH);
    const part = { ...whole, batch: PAIRS / parts };
    const accumulator = await openPairAccumulator(config, part, { layout, parts, recompute, threads: 1 });
    expectEqual(layout, await inParts(accumulator, parameters, PAIR_BATCH), wanted);
  });
});

describe('parts of a batch of other samples give the gradient of the whole batch', () => {
  test.each(taskBatches(4))('$name', async ({ task, build, inputs }) => {
    const layout = layoutOf(SMALL, task);
    const parameters = trainedParameters(layout);
    const wanted = await inOneGraph(layout, parameters, build(4), inputs);
    const accumulator = await openPlainAccumulator(build(2), { layout, parts: 2, threads: 1 });
    expectEqual(layout, await inParts(accumulator, parameters, inputs), wanted);
  });
});
