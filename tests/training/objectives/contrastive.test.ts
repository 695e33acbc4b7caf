import { describe, expect, test } from 'vitest';
import { Graph } from '../../../model/graph/graph.js';
import { mul, reduceSum } from '../../../model/graph/ops.js';
import { gradients } from '../../../training/autodiff/backward.js';
import { contrastiveLoss, similarity } from '../../../training/objectives/contrastive.js';
import { float32, numbersOf, runGraph } from '../../fixtures/run-graph.js';

describe('the contrastive loss', () => {
  const lossOf = async (similarities: number[][], targets: number[][]) => {
    const B = targets.length;
    const graph = new Graph('itc');
    const matrix = (name: string) => graph.input(name, 'float32', [B, B]);
    graph.output('loss', contrastiveLoss(matrix('similarities'), matrix('targets')));
    const { loss } = await runGraph(graph, {
      similarities: float32([B, B], similarities.flat()),
      targets: float32([B, B], targets.flat()),
    });
    return numbersOf(loss)[0];
  };
  const SIMILARITIES = [
    [2, 1],
    [0, 3],
  ];

  // Row 0: log(1 + 1/e) = 0.313262; row 1: log(1 + 1/e^3) = 0.048587; columns 0 and 1: log(1 + 1/e^2) = 0.126928 each.
  test('is the mean over pairs of both directions, not halved', async () => {
    const identity = [
      [1, 0],
      [0, 1],
    ];
    expect(await lossOf(SIMILARITIES, identity)).toBeCloseTo((0.313262 + 0.048587 + 2 * 0.126928) / 2, 5);
  });

  // The other entry of each softmax lies as much lower as the two scores differ: by 1, 3, 2 and 2.
  test('shares a target between texts that are equally right', async () => {
    const shared = [
      [0.5, 0.5],
      [0.5, 0.5],
    ];
    const other = 0.313262 + 1 + (0.048587 + 3) + 2 * (0.126928 + 2);
    expect(await lossOf(SIMILARITIES, shared)).toBeCloseTo((0.313262 + 0.048587 + 2 * 0.126928 + other) / 4, 5);
  });

  test('of a single pair is 0', async () => {
    expect(await lossOf([[7]], [[1]])).toBeCloseTo(0, 9);
  });

  test('is finite at the temperature bound', async () => {
    const hot = [
      [-1000, 1000],
      [1000, -1000],
    ];
    expect(
      await lossOf(hot, [
        [1, 0],
        [0, 1],
      ]),
    ).toBeCloseTo(4000, 2);
  });
});

describe('the temperature', () => {
  const IMAGE = [0.6, 0.8, 1, 0];
  const TEXT = [0, 1, 0.8, 0.6];
  const COSINES = [0.8, 0.96, 0, 0.8];
  const WEIGHTS = [1, -2, 3, 0.5];
  const weighted = (divisor: number) => COSINES.reduce((sum, cosine, i) => sum + (WEIGHTS[i]! * cosine) / divisor, 0);

  const at = async (temperature: number, learned = true) => {
    const graph = new Graph('temperature');
    const input = graph.input('temperature', 'float32', []);
    const stop: Parameters<typeof similarity>[4] = [];
    const values = similarity(
      graph.input('image', 'float32', [2, 2]),
      graph.input('text', 'float32', [2, 2]),
      input,
      { learned, min: 0.01, max: 0.5 },
      stop,
    );
    const weights = graph.constant('weights', 'float32', [2, 2], Float32Array.from(WEIGHTS));
    graph.output('similarity', values);
    graph.output('gradient', gradients(reduceSum(mul(values, weights), [0, 1]), [input], { stop })[0]!);
    const out = await runGraph(graph, {
      temperature: float32([], [temperature]),
      image: float32([2, 2], IMAGE),
      text: float32([2, 2], TEXT),
    });
    return { similarity: numbersOf(out.similarity), gradient: numbersOf(out.gradient)[0]! };
  };

  test.each([
    ['within its range', 0.1, 0.1],
    ['below it', 0.001, 0.01],
    ['above it', 2, 0.5],
    ['below 0', -0.3, 0.01],
  ])('%s: %d counts as %d', async (_, given, effective) => {
    const { similarity: values } = await at(given);
    for (const [i, value] of values.entries())
      expect(value / (COSINES[i]! / effective || 1)).toBeCloseTo(COSINES[i]! && 1, 4);
  });

  // d/dt sum(w c / t) = -sum(w c / t) / t, taken at the clamped value also outside the range, so that it can come back.
  test.each([
    [0.1, 0.1],
    [0.001, 0.01],
    [2, 0.5],
  ])('has a gradient at %d as at %d', async (given, effective) => {
    const { gradient } = await at(given);
    expect(gradient / (-weighted(effective) / effective)).toBeCloseTo(1, 4);
  });

  test('has none where it is not learned, and counts all the same', async () => {
    const { similarity: values, gradient } = await at(0.1, false);
    expect(values[0]).toBeCloseTo(8, 4);
    expect(Math.abs(gradient)).toBe(0);
  });
});
