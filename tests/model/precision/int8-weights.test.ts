// Products in 8-bit integers: exact where the numbers are, within a bound where they are rounded.
import { describe, expect, test } from 'vitest';
import { Graph } from '../../../model/graph/graph.js';
import { gather, gemm, matMul, reshape, split } from '../../../model/graph/ops.js';
import type { Value } from '../../../model/graph/value.js';
import { readOnnx } from '../../../model/onnx/read-onnx.js';
import { writeOnnx } from '../../../model/onnx/write-onnx.js';
import { int8Weights } from '../../../model/precision/int8-weights.js';
import { dequantizeRows, quantizeRows } from '../../../model/precision/quantize-rows.js';
import { createRng } from '../../../model/random.js';
import { float32, int64, largestDifference, numbersOf, runGraph } from '../../fixtures/run-graph.js';

const [ROWS, IN, OUT] = [5, 48, 24];
const normals = (name: string, count: number) => {
  const rng = createRng('int8', name);
  return Float32Array.from({ length: count }, () => rng.normal());
};
const constant = (
  graph: Graph,
  name: string,
  shape: number[],
  data: Float32Array = normals(
    name,
    shape.reduce((a, b) => a * b),
  ),
) => graph.constant(name, 'float32', shape, data);

/** A graph of one input x and one output y. */
function graphOf(build: (x: Value, graph: Graph) => Value): Graph {
  const graph = new Graph('graph');
  graph.output('y', build(graph.input('x', 'float32', ['B', IN]), graph));
  return graph;
}
const storedIn = (graph: Graph) => readOnnx(Buffer.concat(writeOnnx(graph).model)).initializers;
const operatorsOf = (graph: Graph) => graph.nodes.map(({ op }) => op);
const x = float32([ROWS, IN], normals('x', ROWS * IN));

describe('a product with stored weights', () => {
  // Whole numbers whose range is that of the codes: both scales are 1, and nothing is rounded.
  test.each<[string, (i: number) => number, (i: number) => number]>([
    ['of mixed numbers', (i) => (i % IN === 0 ? -128 : ((i * 37) % 255) - 127), (i) => ((i * 29) % 127) - 63],
    ['of the largest numbers', (i) => (i % IN === 0 ? 0 : 255), () => 63],
    ['of the largest numbers of both signs', (i) => (i % IN === 0 ? 0 : 255), (i) => (i % 4 < 2 ? 63 : -63)],
  ])('is exact for whole numbers: %s', async (_, activation, weight) => {
    const input = Float32Array.from({ length: ROWS * IN }, (_, i) => activation(i));
    // 127 at one place and -128 or 0 at another give the scale 1.
    if (input.includes(-128)) input[1] = 127;
    const weights = Float32Array.from({ length: OUT * IN }, (_, i) => (i % IN === 0 ? 63 : weight(i)));
    const graph = graphOf((value, g) => gemm(value, constant(g, 'w', [OUT, IN], weights), undefined, { transB: true }));
    const feeds = { x: float32([ROWS, IN], input) };
    expect(numbersOf((await runGraph(int8Weights(graph), feeds)).y)).toEqual(
      numbersOf((await runGraph(graph, feeds)).y),
    );
  });

  test.each<[string, { alpha?: number; beta?: number }]>([
    ['alone', {}],
    ['with factors of product and bias', { alpha: 0.7, beta: -1.3 }],
  ])('differs by no more than half a step of each number: %s', async (_, scales) => {
    const graph = graphOf((value, g) =>
      gemm(value, constant(g, 'w', [OUT, IN]), constant(g, 'b', [OUT]), { transB: true, ...scales }),
    );
    const [got, wanted] = [await runGraph(int8Weights(graph), { x }), await runGraph(graph, { x })];
    const [input, weights] = [numbersOf(x), normals('w', OUT * IN)];
    const { scales: steps } = quantizeRows('w', weights, OUT, 63);
    const step = (Math.max(...input) - Math.min(...input)) / 255;
    const sum = (values: ArrayLike<number>, from: number) =>
      Array.from({ length: IN }, (_, k) => Math.abs(values[from + k]!)).reduce((a, b) => a + b);
    const excess = numbersOf(got.y).map((y, i) => {
      const [row, out] = [Math.floor(i / OUT), i % OUT];
      // The zero point is rounded too: activations are off by up to a whole step.
      const bound = (steps[out]! / 2) * sum(input, row * IN) + step * (sum(weights, out * IN) + (IN * steps[out]!) / 2);
      return Math.abs(y - numbersOf(wanted.y)[i]!) / bound / (scales.alpha ?? 1);
    });
    expect(Math.max(...excess)).toBeLessThan(1);
    expect(Math.max(...excess)).toBeGreaterThan(0);
  });

  test('takes weights that are reshaped, and shares what is split', async () => {
    const graph = new Graph('parts');
    const input = graph.input('x', 'float32', ['B', IN]);
    const [first, second] = split(reshape(constant(graph, 'w', [OUT, 3, IN / 3]), [OUT, IN]), 0, [16, 8]) as [
      Value,
      Value,
    ];
    graph.output('a', gemm(input, first, undefined, { transB: true }));
    graph.output('b', gemm(input, second, undefined, { transB: true }));
    graph.output('whole', gemm(input, reshape(graph.constants[0]!, [OUT, IN]), undefined, { transB: true }));
    const integer = int8Weights(graph);
    expect(storedIn(integer).filter(({ name }) => name.startsWith('w'))).toMatchObject([
      { name: 'w', dtype: 3, shape: [OUT, 3, IN / 3] },
      { name: 'w/scale', dtype: 1, shape: [OUT] },
    ]);
    const [got, wanted] = [await runGraph(integer, { x }), await runGraph(graph, { x })];
    expect(largestDifference(got.whole, wanted.whole)).toBeLessThan(0.5);
    const columns = (from: number, to: number) =>
      numbersOf(got.whole).filter((_, i) => i % OUT >= from && i % OUT < to);
    expect([numbersOf(got.a), numbersOf(got.b)]).toEqual([columns(0, 16), columns(16, 24)]);
  });
});

describe('stays float32:', () => {
  test.each<[string, (x: Value, graph: Graph) => Value]>([
    ['a head of few outputs', (value, g) => gemm(value, constant(g, 'w', [15, IN]), undefined, { transB: true })],
    ['a product of activations', (value) => gemm(value, value, undefined, { transB: true })],
    ['a weight that lies the other way', (value, g) => gemm(value, constant(g, 'w', [IN, OUT]))],
    ['a product of many matrices', (value, g) => matMul(value, constant(g, 'w', [IN, OUT]))],
  ])('%s', async (_, build) => {
    const graph = graphOf(build);
    const integer = int8Weights(graph);
    expect(operatorsOf(integer)).toEqual(operatorsOf(graph));
    expect(numbersOf((await runGraph(integer, { x })).y)).toEqual(numbersOf((await runGraph(graph, { x })).y));
  });
});

describe('a table', () => {
  function lookUp(): Graph {
    const graph = new Graph('table');
    graph.output('y', gather(constant(graph, 'words', [9, 4]), graph.input('ids', 'int64', ['B', 'L'])));
    return graph;
  }

  test('gives the rows that its codes stand for', async () => {
    const ids = [0, 8, 3, 3, 7, 1];
    const { y } = await runGraph(int8Weights(lookUp()), { ids: int64([2, 3], ids) });
    const kept = dequantizeRows(quantizeRows('words', normals('words', 36), 9, 127));
    expect(y!.shape).toEqual([2, 3, 4]);
    expect(numbersOf(y)).toEqual(ids.flatMap((id) => [...kept.subarray(4 * id, 4 * id + 4)]));
  });

  test('that is a factor as well is stored once', () => {
    const graph = new Graph('tied');
    const words = constant(graph, 'words', [32, IN]);
    const rows = gather(words, graph.input('ids', 'int64', ['B']));
    graph.output('y', gemm(rows, words, undefined, { transB: true }));
    const [codes, scales, ...others] = storedIn(int8Weights(graph)).filter(({ name }) => name.startsWith('words'));
    expect([codes!.dtype, scales!.name, others]).toEqual([3, 'words/scale', []]);
    // In 7 bits, as products need.
    expect(Math.max(...Array.from(new Int8Array(codes!.data!), Math.abs))).toBe(63);
  });
});

test('a weight that something else reads too, as its gradient does, is stored once: there it is what its codes stand for', async () => {
  const back = (graph: Graph, weight: Value) =>
    graph.output('back', matMul(graph.input('g', 'float32', ['B', OUT]), weight));
  const graph = graphOf((value, whole) => {
    const weight = constant(whole, 'w', [OUT, IN]);
    back(whole, weight);
    return gemm(value, weight, undefined, { transB: true });
  });
  const integer = int8Weights(graph);
  expect(storedIn(integer).filter(({ shape }) => shape.length > 1)).toMatchObject([{ name: 'w', dtype: 3 }]);
  const kept = new Graph('kept');
  back(kept, constant(kept, 'w', [OUT, IN], dequantizeRows(quantizeRows('w', normals('w', OUT * IN), OUT, 63))));
  const g = float32([ROWS, OUT], normals('g', ROWS * OUT));
  const [got, wanted] = [await runGraph(integer, { x, g }), await runGraph(kept, { g })];
  expect(largestDifference(got.back, wanted.back)).toBeLessThan(1e-5);
});

test('a weight that is not finite is refused by name', () => {
  const weights = normals('w', OUT * IN).with(5, Number.NaN);
  const graph = graphOf((value, g) =>
    gemm(value, constant(g, 'layer.weight', [OUT, IN], weights), undefined, { transB: true }),
  );
  expect(() => int8Weights(graph)).toThrow('layer.weight: expected finite numbers, got NaN');
});
