// Graphs small enough to follow by hand; a value of [n] float32 takes 4 n bytes.
import { describe, expect, test } from 'vitest';
import { Graph } from '../../../model/graph/graph.js';
import {
  add,
  cast,
  concat,
  matMul,
  mul,
  neg,
  reduceSum,
  relu,
  reshape,
  split,
  sub,
  transpose,
} from '../../../model/graph/ops.js';
import { bytesOf, peakMemory } from '../../../model/graph/peak-memory.js';
import type { Value } from '../../../model/graph/value.js';

/** A graph over x [n] with its outputs. */
function over(n: number, build: (x: Value, graph: Graph) => Value | Value[]) {
  const graph = new Graph('small');
  const x = graph.input('x', 'float32', [n]);
  for (const [i, value] of [build(x, graph)].flat().entries()) graph.output(`y${i}`, value);
  return graph;
}

test.each<[string, Graph, { bytes: number; node: string }]>([
  // x 40 throughout; the first Neg makes 40, the second may not write into x but into what the first made.
  ['a chain needs one buffer beside its input', over(10, (x) => neg(neg(neg(x)))), { bytes: 80, node: 'Neg' }],
  // x 40, a 40, b 40 at Neg_1; then Add writes into one of them.
  ['both sides of a sum are held', over(10, (x) => add(neg(x), relu(x))), { bytes: 120, node: 'Relu' }],
  // x 40, a 40 is read by Relu and again by Add: Relu may not write into it.
  [
    'what is read later is not written over',
    over(10, (x) => {
      const a = neg(x);
      return add(relu(a), a);
    }),
    { bytes: 120, node: 'Relu' },
  ],
  // x 40, a 40 as [2,5] and b 40 as [5,2] are other shapes of the same bytes: the product [2,2] 16 comes beside a.
  [
    'a view has no memory of its own and keeps that of its source',
    over(10, (x) => {
      const a = neg(x);
      return matMul(reshape(a, [2, 5]), reshape(a, [5, 2]));
    }),
    { bytes: 96, node: 'MatMul' },
  ],
  // x 40, a 40, its parts 16 and 24; a is gone when they are joined in 40.
  [
    'the parts of a split are held until they are joined',
    over(10, (x) => concat(split(neg(x), 0, [4, 6]), 0)),
    { bytes: 120, node: 'Split' },
  ],
  // x 40, both parts at Split, of which nobody reads the second.
  [
    'a part that nobody reads is made and let go',
    over(10, (x) => neg(split(x, 0, [1, 9])[0]!)),
    { bytes: 80, node: 'Split' },
  ],
  // x 40 and three outputs of 40; the last Neg is where all are there.
  ['outputs are held to the end', over(10, (x) => [neg(x), relu(x), neg(x)]), { bytes: 160, node: 'Neg_1' }],
  // x 40, a 40, its transposition 40, which no kernel makes in place.
  [
    'a transposition is a copy',
    over(10, (x) => neg(transpose(reshape(neg(x), [2, 5]), [1, 0]))),
    { bytes: 120, node: 'Transpose' },
  ],
  // x 40, a 40 and b 4: the difference [10] takes the memory of a, not that of b.
  [
    'an operand of another size is not written over',
    over(10, (x) => {
      const a = neg(x);
      return sub(a, reduceSum(a, [0], true));
    }),
    { bytes: 84, node: 'ReduceSum' },
  ],
  // x 40 and its square: one operand twice.
  ['a square of an input is new', over(10, (x) => mul(x, x)), { bytes: 80, node: 'Mul' }],
  // x 40 and a constant of 2 in 4.
  ['constants are held throughout', over(10, (x) => mul(x, 2)), { bytes: 84, node: 'Mul' }],
  // x 40 and int64 of 10 in 80.
  ['types have their sizes', over(10, (x) => cast(x, 'int64')), { bytes: 120, node: 'Cast' }],
  // The product of 10,000 would be 40,000: nothing depends on it.
  [
    'nodes that no output depends on do not run',
    over(100, (x) => {
      matMul(reshape(x, [100, 1]), reshape(x, [1, 100]));
      return neg(x);
    }),
    { bytes: 800, node: 'Neg' },
  ],
  ['a graph that gives its input back', over(10, (x) => x), { bytes: 40, node: '' }],
])('%s', (_name, graph, { bytes, node }) => {
  expect(peakMemory(graph)).toMatchObject({ bytes, node });
});

describe('what is held at the peak', () => {
  const graph = new Graph('held');
  const x = graph.input('x', 'float32', [4]);
  const early = reduceSum(neg(x), [0]);
  const view = reshape(relu(x), [2, 2]);
  const wide = matMul(view, view);
  const late = neg(wide);
  graph.output('y', add(reduceSum(late, [0, 1]), early));
  // At MatMul: x 16, the sum 4, the view 16, its square 16.
  const peak = peakMemory(graph);

  test('is found', () => expect(peak).toMatchObject({ bytes: 52, node: 'MatMul' }));
  test.each<[string, Value, boolean]>([
    ['an input', x, true],
    ['a result for later', early, true],
    ['a view', view, true],
    ['what its source made', view.producer!.inputs[0]!, true],
    ['what is made there', wide, true],
    ['what was read before', early.producer!.inputs[0]!, false],
    ['what is made later', late, false],
    ['a value of another graph', new Graph('other').input('x', 'float32', [4]), false],
  ])('%s: %#', (_name, value, held) => expect(peak.holds(value)).toBe(held));
});

test('a symbolic size is refused by name', () => {
  const graph = new Graph('symbolic');
  const x = graph.input('tokens', 'float32', ['B', 4]);
  graph.output('y', neg(x));
  expect(() => peakMemory(graph)).toThrow('tokens: expected a static shape, got [B,4]');
  expect(() => bytesOf(x)).toThrow('tokens');
});
