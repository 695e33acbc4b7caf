import { describe, expect, test } from 'vitest';
import { Graph } from '../../../model/graph/graph.js';
import { add, isTransposition, mul, neg, transpose, transposeLast } from '../../../model/graph/ops.js';
import { productDim, type Shape, staticShape } from '../../../model/graph/value.js';

describe('constants', () => {
  test('a scalar of the same number and type exists once', () => {
    const graph = new Graph('scalars');
    const x = graph.input('x', 'float32', [2]);
    mul(add(x, 0.5), 0.5);
    expect(graph.constants).toHaveLength(1);
    expect(graph.scalar(0.5)).toBe(graph.constants[0]);
    expect(graph.scalar(1, 'int64')).not.toBe(graph.scalar(1));
    expect(graph.scalar(1, 'int64').data).toEqual(BigInt64Array.of(1n));
  });

  test('a number takes the type of the other operand', () => {
    const graph = new Graph('scalars');
    expect(add(3, graph.input('x', 'int64', [2])).producer!.inputs[0]).toMatchObject({ dtype: 'int64', shape: [] });
  });

  test.each<[string, number[], number]>([
    ['too few', [2, 3], 5],
    ['too many', [2, 3], 7],
    ['one for none', [], 0],
  ])('%s values are refused', (_, shape, count) => {
    const graph = new Graph('sizes');
    expect(() => graph.constant('table', 'float32', shape, new Float32Array(count))).toThrow(
      `table: expected ${shape.reduce((a, b) => a * b, 1)} values for shape [${shape}], got ${count}`,
    );
    expect(graph.constants).toHaveLength(0);
  });
});

describe('names', () => {
  test('nodes are named after their place and operator, each name once', () => {
    const graph = new Graph('names');
    const x = graph.input('x', 'float32', [2]);
    graph.within('blocks.0', () => [add(x, 1), add(x, 2)]);
    add(x, 3);
    expect(graph.nodes.map(({ name }) => name)).toEqual(['blocks/0/Add', 'blocks/0/Add_1', 'Add']);
  });

  test('the place is left again when building fails', () => {
    const graph = new Graph('names');
    const x = graph.input('x', 'float32', [2]);
    expect(() => graph.within('inner', () => add(x, graph.input('y', 'float32', [3])))).toThrow('inner/Add');
    add(x, 1);
    expect(graph.nodes.at(-1)!.name).toBe('Add');
  });

  test('an output is declared once', () => {
    const graph = new Graph('names');
    const x = graph.input('x', 'float32', [2]);
    graph.output('y', x);
    expect(() => graph.output('y', x)).toThrow('graph outputs: expected distinct names, got y twice');
  });
});

test('a value of another graph is refused, by name', () => {
  const [one, other] = [new Graph('one'), new Graph('other')];
  const [x, y] = [one.input('x', 'float32', [2]), other.input('y', 'float32', [2])];
  expect(() => add(x, y)).toThrow('Add: expected inputs of graph one, got y[2] of other');
  expect(() => one.output('z', y)).toThrow('z: expected a value of graph one, got other');
});

test.each<[Shape, string | number]>([
  [[2, 3], 6],
  [['B', 'L'], 'B*L'],
  [['L', 'B'], 'B*L'],
  [['B*L', 4], '4*B*L'],
  [[2, '3*B', 5], '30*B'],
  [[], 1],
])('the product of %j is %j', (dims, product) => {
  expect(productDim(dims)).toBe(product);
});

test('a static shape is asked for by name', () => {
  const x = new Graph('static').input('pixels', 'float32', ['B', 3]);
  expect(() => staticShape(x)).toThrow('pixels: expected a static shape, got [B,3]');
});

test('live nodes are those that an output depends on, in order', () => {
  const graph = new Graph('dead');
  const x = graph.input('x', 'float32', [2]);
  const [used, unused] = [mul(x, 2), neg(x)];
  add(used, unused);
  graph.output('y', add(used, 1));
  expect(graph.liveNodes().map(({ op }) => op)).toEqual(['Mul', 'Add']);
  expect(graph.nodes).toHaveLength(4);
});

describe('transpositions', () => {
  const input = () => new Graph('transposed').input('x', 'float32', [2, 3, 4]);

  test('one that undoes the one before is no node', () => {
    const x = input();
    expect(transposeLast(transposeLast(x))).toBe(x);
    expect(transpose(transpose(x, [1, 2, 0]), [2, 0, 1])).toBe(x);
    expect(transpose(transpose(x, [1, 2, 0]), [1, 2, 0]).shape).toEqual([4, 2, 3]);
  });

  test.each<[number[], boolean]>([
    [[0, 2, 1], true],
    [[1, 0, 2], false],
    [[2, 1, 0], false],
    [[1, 2, 0], false],
  ])('%j swaps matrices: %s', (perm, swaps) => {
    expect(isTransposition(transpose(input(), perm))).toBe(swaps);
  });
});
