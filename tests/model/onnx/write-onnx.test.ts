// What is written is read back by our own reader and run by onnxruntime.
import { describe, expect, test } from 'vitest';
import { Graph } from '../../../model/graph/graph.js';
import * as ops from '../../../model/graph/ops.js';
import { readOnnx } from '../../../model/onnx/read-onnx.js';
import { writeOnnx } from '../../../model/onnx/write-onnx.js';
import { float32, runGraph } from '../../fixtures/run-graph.js';

const count = (n: number) => Array.from({ length: n }, (_, i) => i);
const bytesOf = (graph: Graph) => Buffer.concat(writeOnnx(graph).model);

/** y = x W^T + b over rows, x [B,L,2], and x itself; W named like a parameter. */
function dense(): Graph {
  const graph = new Graph('dense');
  const x = graph.input('x', 'float32', ['B', 'L', 2]);
  const weight = graph.constant('layer.weight', 'float32', [3, 2], Float32Array.of(1, 0, 0, 1, 1, 1));
  const rows = ops.gemm(ops.reshape(x, ['B*L', 2]), weight, undefined, { transB: true });
  graph.output('y', ops.add(ops.reshape(rows, ['B', 'L', 3]), 0.5));
  graph.output('same_x', x);
  return graph;
}

describe('writing and reading', () => {
  test('keeps interface, nodes and weights', () => {
    const summary = readOnnx(bytesOf(dense()));
    expect(summary).toMatchObject({
      irVersion: 10,
      opset: 21,
      name: 'dense',
      inputs: [{ name: 'x', dtype: 1, shape: ['B', 'L', 2] }],
      outputs: [
        { name: 'y', dtype: 1, shape: ['B', 'L', 3] },
        { name: 'same_x', dtype: 1, shape: ['B', 'L', 2] },
      ],
    });
    const ours = summary.nodes.filter(({ name }) => !/^(size|shape)\//.test(name));
    expect(ours.map(({ op }) => op)).toEqual(['Reshape', 'Gemm', 'Reshape', 'Add', 'Identity']);
    expect(ours[1]!.inputs).toContain('layer.weight');
    expect(ours.at(-1)).toMatchObject({ inputs: ['x'], outputs: ['same_x'] });
    const weight = summary.initializers.find(({ name }) => name === 'layer.weight')!;
    expect(weight).toMatchObject({ dtype: 1, shape: [3, 2] });
    expect([...new Float32Array(new Uint8Array(weight.data!).buffer)]).toEqual([1, 0, 0, 1, 1, 1]);
  });

  test('gives the same bytes for the same graph', () => {
    expect(bytesOf(dense()).equals(bytesOf(dense()))).toBe(true);
  });

  test('takes a graph of more pieces than a call may have arguments', async () => {
    const graph = new Graph('long');
    let x = graph.input('x', 'float32', [1]);
    for (let i = 0; i < 16_000; i++) x = ops.neg(x);
    graph.output('y', x);
    const file = writeOnnx(graph);
    expect(file.model.length).toBeGreaterThan(130_000);
    expect(readOnnx(Buffer.concat(file.model)).nodes).toHaveLength(16_000);
  });
});

describe('onnxruntime', () => {
  test.each([
    [1, 1],
    [2, 3],
    [4, 2],
  ])('runs two symbolic dimensions at B = %i, L = %i', async (B, L) => {
    const values = count(B * L * 2);
    const { y, same_x } = await runGraph(dense(), { x: float32([B, L, 2], values) });
    expect(y!.shape).toEqual([B, L, 3]);
    const expected = count(B * L).flatMap((i) => {
      const [a, b] = [values[2 * i]!, values[2 * i + 1]!];
      return [a + 0.5, b + 0.5, a + b + 0.5];
    });
    expect([...y!.data]).toEqual(expected);
    expect([...same_x!.data]).toEqual(values);
  });

  test.each([
    [1, 4],
    [3, 2],
  ])('reshapes and expands to shapes known only then, B = %i, L = %i', async (B, L) => {
    const graph = new Graph('late');
    const x = graph.input('x', 'float32', ['B', 6]);
    const y = graph.input('y', 'float32', ['L']);
    graph.output('outer', ops.expand(ops.reshape(y, ['L', 1, 1]), ['L', 'B', 2]));
    graph.output('apart', ops.reshape(ops.expand(ops.reshape(x, ['B', 1, 6]), ['B', 'L', 6]), ['B', 3, 'L', 2]));
    graph.output('joined', ops.reshape(ops.expand(x, ['L', 'B', 6]), ['6*B*L']));
    const out = await runGraph(graph, { x: float32([B, 6], count(6 * B)), y: float32([L], count(L)) });
    expect(out.outer).toMatchObject({
      shape: [L, B, 2],
      data: Float32Array.from(count(L).flatMap((l) => Array(2 * B).fill(l))),
    });
    expect(out.apart!.shape).toEqual([B, 3, L, 2]);
    expect(out.joined!.data).toEqual(Float32Array.from(count(L).flatMap(() => count(6 * B))));
  });

  test('gives a value under each name it is declared by', async () => {
    const graph = new Graph('names');
    const x = graph.input('x', 'float32', [2]);
    const twice = ops.mul(x, 2);
    graph.output('a', twice);
    graph.output('b', twice);
    graph.output('c', ops.add(twice, 1));
    const out = await runGraph(graph, { x: float32([2], [1, 2]) });
    expect(Object.fromEntries(Object.entries(out).map(([name, { data }]) => [name, [...data]]))).toEqual({
      a: [2, 4],
      b: [2, 4],
      c: [3, 5],
    });
  });

  test('keeps attributes: axes, permutations, flags, types', async () => {
    const graph = new Graph('attributes');
    const x = graph.input('x', 'float32', [2, 3]);
    graph.output('argmax', ops.argMax(x, 1));
    graph.output('transposed', ops.transpose(x, [1, 0]));
    graph.output('clipped', ops.clip(x, -1, 1));
    graph.output('kept', ops.reduceSum(x, [0], true));
    graph.output('sliced', ops.slice(x, -1, 1, 3));
    graph.output('one_hot', ops.oneHot(ops.argMax(x, 1), 3));
    graph.output('positive', ops.greater(x, 0));
    graph.output('last', ops.split(x, 1, [2, 1])[1]!);
    const out = await runGraph(graph, { x: float32([2, 3], [0, -2, 3, 4, 0.5, -6]) });
    const plain = Object.fromEntries(
      Object.entries(out).map(([name, { shape, data }]) => [name, [shape, [...data].map(Number)]]),
    );
    expect(plain).toEqual({
      argmax: [[2], [2, 0]],
      transposed: [
        [3, 2],
        [0, 4, -2, 0.5, 3, -6],
      ],
      clipped: [
        [2, 3],
        [0, -1, 1, 1, 0.5, -1],
      ],
      kept: [
        [1, 3],
        [4, -1.5, -3],
      ],
      sliced: [
        [2, 2],
        [-2, 3, 0.5, -6],
      ],
      one_hot: [
        [2, 3],
        [0, 0, 1, 1, 0, 0],
      ],
      positive: [
        [2, 3],
        [0, 0, 1, 1, 1, 0],
      ],
      last: [
        [2, 1],
        [3, -6],
      ],
    });
  });

  test('is not asked for a size that no input has', () => {
    const graph = new Graph('unknown');
    const x = graph.input('x', 'float32', ['B*L', 2]);
    graph.output('y', ops.reshape(x, ['B', 'L', 2]));
    expect(() => writeOnnx(graph)).toThrow('graph unknown: expected an input with the dimension B, got none');
  });
});
