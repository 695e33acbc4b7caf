// Weights kept as float16: what is computed is float32 on the rounded weights.
import { describe, expect, test } from 'vitest';
import { Graph } from '../../../model/graph/graph.js';
import { add, gather, gemm } from '../../../model/graph/ops.js';
import { readOnnx } from '../../../model/onnx/read-onnx.js';
import { writeOnnx } from '../../../model/onnx/write-onnx.js';
import { floatsToHalves, halvesToFloats } from '../../../model/precision/float16.js';
import { halfWeights } from '../../../model/precision/half-weights.js';
import { createRng } from '../../../model/random.js';
import { float32, int64, numbersOf, runGraph } from '../../fixtures/run-graph.js';

const WIDTH = 16;
const normals = (name: string, count: number) => {
  const rng = createRng('half', name);
  return Float32Array.from({ length: count }, () => rng.normal());
};
const rounded = (floats: Float32Array): Float32Array => halvesToFloats(floatsToHalves(floats));

/** Rows of a table and x through one layer; `stored` says what a weight is kept as. */
function small(stored: (floats: Float32Array) => Float32Array): Graph {
  const graph = new Graph('small');
  const constant = (name: string, shape: number[], keep = stored) =>
    graph.constant(
      name,
      'float32',
      shape,
      keep(
        normals(
          name,
          shape.reduce((a, b) => a * b),
        ),
      ),
    );
  const rows = gather(constant('table.weight', [9, WIDTH]), graph.input('ids', 'int64', ['B']));
  const sum = add(rows, graph.input('x', 'float32', ['B', WIDTH]));
  const bias = constant('layer.bias', [4], (floats) => floats);
  graph.output('y', gemm(sum, constant('layer.weight', [4, WIDTH]), bias, { transB: true }));
  return graph;
}
const feeds = { ids: int64([3], [0, 8, 4]), x: float32([3, WIDTH], normals('x', 3 * WIDTH)) };

describe('weights as float16', () => {
  test('keep name and shape; vectors stay float32', () => {
    const { initializers } = readOnnx(Buffer.concat(writeOnnx(halfWeights(small((floats) => floats))).model));
    const stored = initializers.map(({ name, dtype, shape, data }) => [name, dtype, shape, data!.length]);
    expect(stored).toEqual([
      ['table.weight', 10, [9, WIDTH], 2 * 9 * WIDTH],
      ['layer.weight', 10, [4, WIDTH], 2 * 4 * WIDTH],
      ['layer.bias', 1, [4], 16],
    ]);
  });

  test('give to the bit what the rounded weights give in float32', async () => {
    const { y } = await runGraph(halfWeights(small((floats) => floats)), feeds);
    expect(numbersOf(y)).toEqual(numbersOf((await runGraph(small(rounded), feeds)).y));
    expect(numbersOf(y)).not.toEqual(
      numbersOf(
        (
          await runGraph(
            small((floats) => floats),
            feeds,
          )
        ).y,
      ),
    );
  });

  test.each([65_520, -1e6, Number.NaN, Number.NEGATIVE_INFINITY])('are refused with %d among them, by name', (x) => {
    const spoilt = () => halfWeights(small((floats) => (floats.length > 100 ? floats.with(7, x) : floats)));
    expect(spoilt).toThrow(`table.weight in float16: expected numbers below 65520 in magnitude, got ${Math.fround(x)}`);
  });

  test('may be as large as a half can be', () => {
    expect(() => halfWeights(small((floats) => floats.with(7, -65_519)))).not.toThrow();
  });
});
