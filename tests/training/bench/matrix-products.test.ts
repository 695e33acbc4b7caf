import { expect, test } from 'vitest';
import { graphFlops } from '../../../model/graph/flops.js';
import { Graph } from '../../../model/graph/graph.js';
import { add, gemm, matMul, transposeLast } from '../../../model/graph/ops.js';
import { createRng } from '../../../model/random.js';
import { distinctProducts, operandNumbers, timeProduct } from '../../../training/bench/matrix-products.js';

/** Two equal products of [2,3] and [3,4], one of [5,2]^T and [5,4], and a batch of 6 products of [7,8] and the transposition of [9,8]. */
function sample() {
  const graph = new Graph('sample');
  const a = graph.input('a', 'float32', [2, 3]);
  const b = graph.input('b', 'float32', [3, 4]);
  const twice = add(matMul(a, b), matMul(a, b));
  const c = gemm(graph.input('c', 'float32', [5, 2]), graph.input('d', 'float32', [5, 4]), twice, { transA: true });
  const e = matMul(graph.input('e', 'float32', [2, 3, 7, 8]), transposeLast(graph.input('f', 'float32', [2, 3, 9, 8])));
  graph.output('c', c);
  graph.output('e', e);
  return graph;
}

test('a product costs 2 operations per multiplication; other operators count nothing', () => {
  // 2 (2*3*4) + 2 (2*3*4) + 2 (2*5*4) + 2 (6*7*8*9)
  expect(graphFlops(sample())).toBe(48 + 48 + 80 + 6048);
});

test('equal products are one, with a count; a transposed operand is part of the product', () => {
  const products = distinctProducts(sample());
  expect(products.map(({ node, count, transposed, flops }) => [node.op, count, transposed, flops])).toEqual([
    ['MatMul', 2, [false, false], 48],
    ['Gemm', 1, [false, false], 80],
    ['MatMul', 1, [false, true], 6048],
  ]);
});

test('every product runs alone', async () => {
  const products = distinctProducts(sample());
  const numbers = operandNumbers(products, createRng('operands'));
  for (const product of products) expect(await timeProduct(product, numbers, 2, { threads: 1 })).toBeGreaterThan(0);
});
