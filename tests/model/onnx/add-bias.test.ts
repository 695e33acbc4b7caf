// A large product that adds its bias afterwards gives what the product with a bias gives.
import { describe, expect, test } from 'vitest';
import { Graph } from '../../../model/graph/graph.js';
import { gemm } from '../../../model/graph/ops.js';
import type { Dim } from '../../../model/graph/value.js';
import { readOnnx } from '../../../model/onnx/read-onnx.js';
import { writeOnnx } from '../../../model/onnx/write-onnx.js';
import { createRng } from '../../../model/random.js';
import { float32, largestDifference, runGraph } from '../../fixtures/run-graph.js';

const [INNER, COLUMNS] = [4, 512];
const LARGE = 256;

function dense(rows: Dim, scales: { alpha?: number; beta?: number }, bias = true): Graph {
  const graph = new Graph('dense');
  const x = graph.input('x', 'float32', [rows, INNER]);
  const weight = graph.input('weight', 'float32', [COLUMNS, INNER]);
  const added = bias ? graph.input('bias', 'float32', [COLUMNS]) : undefined;
  graph.output('y', gemm(x, weight, added, { transB: true, ...scales }));
  return graph;
}
const operators = (graph: Graph, biasApart: boolean) =>
  readOnnx(Buffer.concat(writeOnnx(graph, { biasApart }).model)).nodes.map(({ op }) => op);

test.each([
  ['', {}, ['Gemm', 'Add']],
  [' with factors', { alpha: 0.5, beta: -3 }, ['Mul', 'Gemm', 'Add']],
])('a product%s', async (_, scales, expected) => {
  expect(operators(dense(LARGE, scales), true)).toEqual(expected);
  const rng = createRng('dense');
  const random = (shape: number[]) =>
    float32(shape, Float32Array.from({ length: shape[0]! * (shape[1] ?? 1) }, rng.normal));
  const feeds = { x: random([LARGE, INNER]), weight: random([COLUMNS, INNER]), bias: random([COLUMNS]) };
  // The number of rows is a symbol in the second: it stays one operator.
  const [apart, joined] = [await runGraph(dense(LARGE, scales), feeds), await runGraph(dense('R', scales), feeds)];
  expect(largestDifference(apart.y, joined.y)).toBeLessThan(1e-5);
});

describe('stays one operator', () => {
  test.each<[string, Graph, boolean]>([
    ['where nothing asks for it', dense(LARGE, {}), false],
    ['that is small', dense(LARGE - 1, {}), true],
    ['of a size known only later', dense('R', {}), true],
    ['without a bias', dense(LARGE, {}, false), true],
  ])('%s', (_, graph, biasApart) => {
    expect(operators(graph, biasApart)).toEqual(['Gemm']);
  });
});
