// Dropout: how much is dropped, where, and that a step with it is as pure a function as one without.
import { describe, expect, test } from 'vitest';
import { Graph } from '../../../model/graph/graph.js';
import type { HostTensor } from '../../../model/onnx/session.js';
import { createRng } from '../../../model/random.js';
import { pretraining } from '../../../training/objectives/pretraining.js';
import { DROPOUT_PHASE, type DropoutRates, dropoutPhase, dropoutTap, drops } from '../../../training/step/dropout.js';
import { gradientGraph } from '../../../training/step/training-graph.js';
import { float32, numbersOf, runGraph } from '../../fixtures/run-graph.js';
import { feedsOf, layoutOf, SETTINGS, SMALL, smallBatch, trainedParameters } from '../../fixtures/small-pretraining.js';

const SHAPE = [4, 50, 64];
const SIZE = 4 * 50 * 64;
const RATE = 0.3;

/** Which of a value of ones are left, and what they have become. */
async function droppedOnes(path: string, rates: DropoutRates, step: number): Promise<number[]> {
  const graph = new Graph('dropout');
  graph.output('dropped', dropoutTap(graph, rates)(path, graph.input('x', 'float32', SHAPE)));
  const x = float32(SHAPE, Array(SIZE).fill(1));
  const phase = float32([2], dropoutPhase(1, step));
  return numbersOf((await runGraph(graph, { x, [DROPOUT_PHASE]: phase })).dropped);
}

describe('what is dropped', () => {
  const path = 'text_encoder.blocks.0.mlp.out';
  const share = (values: readonly number[]) => values.filter((value) => value === 0).length / values.length;

  test('is that share of the values, and the others make up for it', async () => {
    const values = await droppedOnes(path, { default: RATE }, 0);
    expect(Math.abs(share(values) - RATE)).toBeLessThan(0.02);
    for (const value of values) if (value !== 0) expect(value).toBeCloseTo(1 / (1 - RATE), 5);
  });

  test('is spread over rows and columns', async () => {
    const values = await droppedOnes(path, { default: RATE }, 3);
    const rows = Array.from({ length: SIZE / 64 }, (_, i) => share(values.slice(64 * i, 64 * (i + 1))));
    const columns = Array.from({ length: 64 }, (_, j) => share(values.filter((_value, i) => i % 64 === j)));
    // Five standard deviations of independent draws.
    for (const [list, of] of [
      [rows, 64],
      [columns, SIZE / 64],
    ] as const)
      for (const one of list) expect(Math.abs(one - RATE)).toBeLessThan(5 * Math.sqrt((RATE * (1 - RATE)) / of));
  });

  test('is the same whenever a step is taken, and independent in another', async () => {
    const [first, again, next] = await Promise.all([0, 0, 1].map((step) => droppedOnes(path, { default: RATE }, step)));
    expect(again).toEqual(first);
    const both = first!.filter((value, i) => value === 0 && next![i] === 0).length / SIZE;
    expect(Math.abs(both - RATE ** 2)).toBeLessThan(0.02);
  });

  test.each<[string, DropoutRates, number]>([
    ['text_encoder.blocks.0.attn.weights', { default: 0, text_encoder: RATE }, RATE],
    ['text_encoder.out', { default: RATE, image_encoder: 0 }, RATE],
    ['image_encoder.blocks.1.attn.out', { default: RATE, image_encoder: 0 }, 0],
    ['text_encoder.blocks.0.anything', { default: RATE }, 0],
  ])('of %s by %j is %d', async (at, rates, want) => {
    expect(Math.abs(share(await droppedOnes(at, rates, 0)) - want)).toBeLessThan(want > 0 ? 0.02 : 1e-9);
  });

  test.each<[DropoutRates, boolean]>([
    [{ default: 0 }, false],
    [{ default: 0, text_encoder: 0 }, false],
    [{ default: 0, text_encoder: 0.1 }, true],
    [{ default: 0.1 }, true],
  ])('is something by %j: %s', (rates, want) => {
    expect(drops(rates)).toBe(want);
  });
});

describe('a step with dropout', () => {
  const settings = { ...SETTINGS, batch: 2 };
  const layout = layoutOf(SMALL);
  const start = trainedParameters(layout);
  const run = (parameters: Float32Array, step: number, options: { recompute?: boolean; dropout?: DropoutRates }) => {
    const graph = gradientGraph(layout, (root) => pretraining(root, SMALL, settings), options);
    const feeds: Record<string, HostTensor> = {
      ...smallBatch(SMALL, settings),
      parameters: float32([layout.size], parameters),
      [DROPOUT_PHASE]: float32([2], dropoutPhase(1, step)),
    };
    return runGraph(graph, feedsOf(graph, feeds));
  };
  const dropout = { default: 0.2 };
  const lossOf = (out: Record<string, HostTensor>) =>
    ['itc', 'itm', 'mlm', 'mim'].reduce((sum, name) => sum + numbersOf(out[`loss.${name}`])[0]!, 0);
  const gradientOf = (out: Record<string, HostTensor>) =>
    layout.parameters.flatMap(({ name }) => numbersOf(out[`grad.${name}`]));

  test('has the gradient of what it computes', async () => {
    const gradient = gradientOf(await run(start, 5, { dropout }));
    // Along the gradient itself the slope is its norm: large enough to be seen in float32.
    const norm = Math.hypot(...gradient);
    const epsilon = 3e-3;
    const beside = (sign: number) => start.map((value, i) => value + (sign * epsilon * gradient[i]!) / norm);
    const [above, below] = [await run(beside(1), 5, { dropout }), await run(beside(-1), 5, { dropout })];
    expect((lossOf(above) - lossOf(below)) / (2 * epsilon) / norm).toBeCloseTo(1, 1);
  });

  test('differs from one without, and from another step', async () => {
    const losses = await Promise.all(
      (
        [
          [5, dropout],
          [6, dropout],
          [5, undefined],
        ] as const
      ).map(async ([step, rates]) => lossOf(await run(start, step, rates ? { dropout: rates } : {}))),
    );
    expect(new Set(losses.map((loss) => loss.toFixed(5))).size).toBe(3);
  });

  test('has the same gradient where blocks are computed again', async () => {
    const [kept, again] = [await run(start, 5, { dropout }), await run(start, 5, { dropout, recompute: true })];
    const [a, b] = [gradientOf(again), gradientOf(kept)];
    expect(Math.hypot(...a.map((x, i) => x - b[i]!))).toBeLessThan(1e-5 * Math.hypot(...b));
  });
});

test('phases of seeds and steps differ', () => {
  const phases = [dropoutPhase(1, 0), dropoutPhase(1, 1), dropoutPhase(2, 0)].map(String);
  expect(new Set(phases).size).toBe(3);
  expect(createRng('dropout', 1, 0).next() * 32).toBeCloseTo(dropoutPhase(1, 0)[0]!, 5);
});
