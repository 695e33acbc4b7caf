// A transposition written as a gathering gives what onnxruntime's own gives, and is chosen only where it can be.
import { describe, expect, test } from 'vitest';
import { Graph } from '../../../model/graph/graph.js';
import { neg, split, transpose } from '../../../model/graph/ops.js';
import type { Shape } from '../../../model/graph/value.js';
import { readOnnx } from '../../../model/onnx/read-onnx.js';
import { writeOnnx } from '../../../model/onnx/write-onnx.js';
import { float32, numbersOf, runGraph } from '../../fixtures/run-graph.js';

const transposed = (shape: Shape, perm: readonly number[]) => {
  const graph = new Graph('transposed');
  graph.output('y', transpose(graph.input('x', 'float32', shape), perm));
  return graph;
};
const operators = (graph: Graph) => readOnnx(Buffer.concat(writeOnnx(graph).model)).nodes.map(({ op }) => op);

test.each<[number[], number[]]>([
  [
    [3, 2, 8],
    [1, 0, 2],
  ],
  [
    [2, 5, 3, 2, 9],
    [2, 0, 3, 1, 4],
  ],
  [
    [2, 3, 4, 8],
    [2, 1, 0, 3],
  ],
  [
    [1, 4, 16],
    [1, 0, 2],
  ],
])('%j by %j', async (shape, perm) => {
  const size = shape.reduce((a, b) => a * b);
  const values = Array.from({ length: size }, (_, i) => i);
  const graph = transposed(shape, perm);
  expect(operators(graph)).toEqual(['Reshape', 'Gather', 'Reshape']);
  const { y } = await runGraph(graph, { x: float32(shape, values) });
  expect(y!.shape).toEqual(perm.map((axis) => shape[axis]));
  // The batch size is a symbol here, so that onnxruntime transposes.
  const plain = transposed(['B', ...shape.slice(1)], perm);
  expect(operators(plain)).toEqual(['Transpose']);
  expect(numbersOf(y)).toEqual(numbersOf((await runGraph(plain, { x: float32(shape, values) })).y));
});

describe('stays a transposition', () => {
  test.each<[string, Shape, number[]]>([
    ['that moves the last axis', [3, 4, 8], [0, 2, 1]],
    ['of short runs', [3, 4, 7], [1, 0, 2]],
    ['of a size known only later', ['B', 4, 8], [1, 0, 2]],
  ])('%s', (_, shape, perm) => {
    expect(operators(transposed(shape, perm))).toEqual(['Transpose']);
  });
});

test('transpositions alike share their table', () => {
  const graph = new Graph('twice');
  graph.output('a', transpose(graph.input('x', 'float32', [3, 2, 8]), [1, 0, 2]));
  graph.output('b', transpose(graph.input('y', 'float32', [3, 2, 8]), [1, 0, 2]));
  const { initializers } = readOnnx(Buffer.concat(writeOnnx(graph).model));
  expect(initializers.filter(({ name }) => name.startsWith('runs/')).map(({ shape }) => shape)).toEqual([[6]]);
});

describe('a Split along the first axis of a transposition', () => {
  const SHAPE = [2, 5, 3, 2, 8];
  const PERM = [2, 0, 3, 1, 4];
  const heads = (batch: number | string, sizes: number[], axis = 0) => {
    const graph = new Graph('heads');
    const moved = transpose(graph.input('x', 'float32', [batch, ...SHAPE.slice(1)]), PERM);
    for (const [i, part] of split(moved, axis, sizes).entries()) graph.output(`part${i}`, part);
    return { graph, moved };
  };
  const gathered = ['Reshape', 'Gather', 'Reshape'];

  test.each([[[1, 1, 1]], [[2, 1]]])('is a gathering of each part: %j', async (sizes) => {
    const { graph } = heads(2, sizes);
    expect(operators(graph)).toEqual(['Reshape', ...sizes.flatMap(() => ['Gather', 'Reshape'])]);
    const x = float32(SHAPE, Array(480).keys());
    const [found, plain] = [await runGraph(graph, { x }), await runGraph(heads('B', sizes).graph, { x })];
    for (const i of sizes.keys()) {
      expect(found[`part${i}`]!.shape).toEqual(plain[`part${i}`]!.shape);
      expect(numbersOf(found[`part${i}`])).toEqual(numbersOf(plain[`part${i}`]));
    }
  });

  test('stays one where something else reads the transposition, too', () => {
    const { graph, moved } = heads(2, [1, 1, 1]);
    graph.output('negative', neg(moved));
    expect(operators(graph)).toEqual([...gathered, 'Split', 'Neg']);
    const shown = heads(2, [1, 1, 1]);
    shown.graph.output('moved', shown.moved);
    expect(operators(shown.graph)).toEqual([...gathered, 'Split']);
  });

  test('stays one along another axis, or of a size known only later', () => {
    expect(operators(heads(2, [1, 1], 1).graph)).toEqual([...gathered, 'Split']);
    expect(operators(heads('B', [1, 1, 1]).graph)).toEqual(['Transpose', 'Split']);
  });
});
