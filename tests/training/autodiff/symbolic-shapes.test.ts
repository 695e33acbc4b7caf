// Explanations are differentiated with the batch and the length of the text free: the gradients are those of fixed sizes.
import { describe, expect, test } from 'vitest';
import { Graph } from '../../../model/graph/graph.js';
import * as ops from '../../../model/graph/ops.js';
import { type Dim, sizeOf, type Value } from '../../../model/graph/value.js';
import { createRng } from '../../../model/random.js';
import { gradients } from '../../../training/autodiff/backward.js';
import { float32, numbersOf, runGraph } from '../../fixtures/run-graph.js';

/** Batch, length and rows of the matrix that they make. */
type Sizes = { B: Dim; L: Dim; rows: Dim };
const FREE: Sizes = { B: 'B', L: 'L', rows: 'B*L' };
const FIXED: Sizes = { B: 2, L: 5, rows: 10 };

const constant = ({ graph }: Value, shape: number[], seed: number): Value => {
  const rng = createRng('constant', seed);
  return graph.constant(
    `c${seed}`,
    'float32',
    shape,
    Float32Array.from({ length: sizeOf(shape) }, () => rng.normal()),
  );
};
const squares = (y: Value): Value =>
  ops.reduceSum(
    ops.mul(y, y),
    y.shape.map((_, i) => i),
  );

/** sum(f(x)^2) differentiated at the same x, of shape [B,L,6]. */
async function gradientOf(build: (x: Value, sizes: Sizes) => Value, sizes: Sizes): Promise<number[]> {
  const graph = new Graph('shapes');
  const x = graph.input('x', 'float32', [sizes.B, sizes.L, 6]);
  graph.output('g', gradients(squares(build(x, sizes)), [x])[0]!);
  const rng = createRng('x');
  const at = float32(
    [2, 5, 6],
    Array.from({ length: 60 }, () => rng.normal()),
  );
  return numbersOf((await runGraph(graph, { x: at })).g);
}

describe('the gradient with free sizes is that with fixed ones for', () => {
  test.each<[string, (x: Value, sizes: Sizes) => Value]>([
    ['a slice at the front', (x) => ops.slice(x, 1, 0, 1)],
    ['a slice inside', (x) => ops.slice(x, 1, 2, 4)],
    ['a slice of a fixed axis', (x) => ops.slice(x, 2, 1, 3)],
    ['layer normalisation', (x) => ops.layerNormalization(x, constant(x, [6], 1), constant(x, [6], 2), 1e-5)],
    ['a softmax', (x) => ops.softmax(x)],
    ['a mean over a fixed axis', (x) => ops.mul(ops.reduceSum(x, [2]), 1 / 6)],
    [
      'a dense layer',
      (x, { rows }) => ops.gemm(ops.reshape(x, [rows, 6]), constant(x, [4, 6], 3), undefined, { transB: true }),
    ],
    [
      'heads',
      (x, { B, L }) => {
        const heads = ops.transpose(ops.reshape(x, [B, L, 2, 3]), [0, 2, 1, 3]);
        return ops.matMul(heads, ops.transposeLast(heads));
      },
    ],
  ])('%s', async (_, build) => {
    const free = await gradientOf(build, FREE);
    const wanted = await gradientOf(build, FIXED);
    expect(free).toHaveLength(60);
    for (const [i, value] of free.entries()) expect(value).toBeCloseTo(wanted[i]!, 5);
  });
});
