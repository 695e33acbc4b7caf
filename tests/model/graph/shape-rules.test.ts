// The shape and type that every operator infers.
import { describe, expect, test } from 'vitest';
import * as ops from '../../../model/graph/ops.js';
import { shapeRules } from '../../../model/graph/shape-rules.js';
import type { Dtype, Shape } from '../../../model/graph/value.js';
import { type Build, bytes, flags, type Input, ids, inputsOf } from './graph-inputs.js';

const good: [string, Input[], Build, Shape, Dtype?][] = [
  [
    'Add of equal shapes',
    [
      ['B', 3],
      ['B', 3],
    ],
    ([a, b]) => ops.add(a!, b!),
    ['B', 3],
  ],
  [
    'Add broadcasts both ways',
    [
      [2, 1, 3],
      [4, 1],
    ],
    ([a, b]) => ops.add(a!, b!),
    [2, 4, 3],
  ],
  ['Sub of a scalar', [['B', 3], []], ([a, b]) => ops.sub(a!, b!), ['B', 3]],
  ['Mul with a number', [['B', 'L']], ([a]) => ops.mul(a!, 2), ['B', 'L']],
  [
    'Div broadcasts a symbol over 1',
    [
      ['B', 1],
      [1, 'L'],
    ],
    ([a, b]) => ops.div(a!, b!),
    ['B', 'L'],
  ],
  ['Pow', [[3]], ([a]) => ops.pow(a!, 2), [3]],
  ['Max', [[3], [1]], ([a, b]) => ops.max(a!, b!), [3]],
  ['Min', [[1], [3]], ([a, b]) => ops.min(a!, b!), [3]],
  ['Equal is bool', [[2, 3], [3]], ([a, b]) => ops.equal(a!, b!), [2, 3], 'bool'],
  ['Less is bool', [[2, 3]], ([a]) => ops.less(a!, 0), [2, 3], 'bool'],
  ['Greater is bool', [[2, 3]], ([a]) => ops.greater(a!, 0), [2, 3], 'bool'],
  ['And', [flags(2, 1), flags(3)], ([a, b]) => ops.and(a!, b!), [2, 3], 'bool'],
  ['Not', [flags(2)], ([a]) => ops.not(a!), [2], 'bool'],
  ['Cast changes the type alone', [['B', 'L']], ([a]) => ops.cast(a!, 'int64'), ['B', 'L'], 'int64'],
  ['Clip', [['B']], ([a]) => ops.clip(a!, 0, 1), ['B']],
  ['Where broadcasts all three', [flags('B', 1), [3], ['B', 1]], ([a, b, c]) => ops.where(a!, b!, c!), ['B', 3]],
  [
    'MatMul of matrices',
    [
      ['B', 3],
      [3, 4],
    ],
    ([a, b]) => ops.matMul(a!, b!),
    ['B', 4],
  ],
  [
    'MatMul broadcasts the batch',
    [
      ['B', 2, 'L', 3],
      [3, 4],
    ],
    ([a, b]) => ops.matMul(a!, b!),
    ['B', 2, 'L', 4],
  ],
  [
    'MatMul over a symbol',
    [
      ['B', 3, 'L'],
      ['B', 'L', 4],
    ],
    ([a, b]) => ops.matMul(a!, b!),
    ['B', 3, 4],
  ],
  [
    'Gemm, both transposed',
    [
      [3, 2],
      [4, 3],
    ],
    ([a, b]) => ops.gemm(a!, b!, undefined, { transA: true, transB: true }),
    [2, 4],
  ],
  ['Gemm with a bias', [['B*L', 3], [4, 3], [4]], ([a, b, c]) => ops.gemm(a!, b!, c!, { transB: true }), ['B*L', 4]],
  [
    'DynamicQuantizeLinear gives bytes',
    [['B', 'L', 8]],
    ([a]) => ops.dynamicQuantizeLinear(a!).codes,
    ['B', 'L', 8],
    'uint8',
  ],
  [
    'MatMulInteger of both kinds of bytes',
    [bytes('uint8', 'B*L', 8), bytes('int8', 8, 4), bytes('uint8')],
    ([a, b, c]) => ops.matMulInteger(a!, b!, c!),
    ['B*L', 4],
    'int32',
  ],
  [
    'MatMulInteger broadcasts the batch',
    [bytes('int8', 'B', 2, 8), bytes('int8', 8, 4), bytes('int8')],
    ([a, b, c]) => ops.matMulInteger(a!, b!, c!),
    ['B', 2, 4],
    'int32',
  ],
  ['Softmax', [['B', 'L']], ([a]) => ops.softmax(a!), ['B', 'L']],
  ['LogSoftmax', [['B', 3]], ([a]) => ops.logSoftmax(a!, 0), ['B', 3]],
  ['CumSum', [ids('B', 'L')], ([a]) => ops.cumSum(a!, 1), ['B', 'L'], 'int64'],
  [
    'LayerNormalization',
    [['B', 'L', 8], [8], [8]],
    ([a, b, c]) => ops.layerNormalization(a!, b!, c!, 1e-5),
    ['B', 'L', 8],
  ],
  ['ReduceSum drops axes', [[2, 'L', 4]], ([a]) => ops.reduceSum(a!, [0, -1]), ['L']],
  ['ReduceMean keeps axes', [[2, 'L', 4]], ([a]) => ops.reduceMean(a!, [1], true), [2, 1, 4]],
  ['ReduceMax', [[2, 3]], ([a]) => ops.reduceMax(a!, [1]), [2]],
  ['ArgMax is int64', [['B', 3]], ([a]) => ops.argMax(a!, 1), ['B'], 'int64'],
  ['Reshape joins symbols', [['B', 'L', 8]], ([a]) => ops.reshape(a!, ['B*L', 8]), ['B*L', 8]],
  [
    'Reshape takes them apart, in any order',
    [['B*L', 8]],
    ([a]) => ops.reshape(a!, ['L', 'B', 2, 4]),
    ['L', 'B', 2, 4],
  ],
  ['Reshape moves numbers between factors', [['6*K', 4]], ([a]) => ops.reshape(a!, ['K', 24]), ['K', 24]],
  ['Expand', [[1, 3]], ([a]) => ops.expand(a!, ['B', 2, 3]), ['B', 2, 3]],
  ['Transpose', [['B', 2, 'L']], ([a]) => ops.transpose(a!, [2, 0, 1]), ['L', 'B', 2]],
  [
    'Concat',
    [
      ['B', 1],
      ['B', 3],
    ],
    ([a, b]) => ops.concat([a!, b!], -1),
    ['B', 4],
  ],
  [
    'Concat along symbols',
    [
      ['P', 2],
      ['T', 2],
    ],
    ([a, b]) => ops.concat([a!, b!], 0),
    ['P+T', 2],
  ],
  ['Split', [['B', 6]], ([a]) => ops.split(a!, 1, [2, 4])[1]!, ['B', 4]],
  ['Slice', [['B', 'L', 8]], ([a]) => ops.slice(a!, 1, 0, 1), ['B', 1, 8]],
  [
    'Gather puts the shape of the indices in place of the axis',
    [[9, 8], ids('B', 'L')],
    ([a, b]) => ops.gather(a!, b!),
    ['B', 'L', 8],
  ],
  ['Gather on an inner axis', [['B', 5, 8], ids(2)], ([a, b]) => ops.gather(a!, b!, 1), ['B', 2, 8]],
  ['GatherElements', [['B', 5], ids('B', 1)], ([a, b]) => ops.gatherElements(a!, b!, 1), ['B', 1]],
  ['ScatterElements', [[2, 5], ids(2, 3), [2, 3]], ([a, b, c]) => ops.scatterElements(a!, b!, c!, 1), [2, 5]],
  ['OneHot', [ids('B', 2)], ([a]) => ops.oneHot(a!, 7), ['B', 2, 7]],
  ['OneHot in front', [ids('B', 2)], ([a]) => ops.oneHot(a!, 7, 0), [7, 'B', 2]],
];

describe('the inferred shape', () => {
  test.each(good)('%s', (_, inputs, build, shape, dtype = 'float32') => {
    const y = build(inputsOf(inputs));
    expect({ shape: y.shape, dtype: y.dtype }).toEqual({ shape, dtype });
  });

  const unary = [
    'Identity',
    'Neg',
    'Abs',
    'Sign',
    'Exp',
    'Log',
    'Sqrt',
    'Reciprocal',
    'Erf',
    'Tanh',
    'Sigmoid',
    'Relu',
  ] as const;
  test.each(unary)('%s keeps its input', (op) => {
    const [x] = inputsOf([['B', 2, 'L']]);
    expect(x!.graph.node(op, [x!], {})[0]!.shape).toEqual(['B', 2, 'L']);
  });

  test('LayerNormalization has its statistics as further outputs', () => {
    const [x, scale, bias] = inputsOf([['B', 'L', 8], [8], [8]]);
    const { outputs } = ops.layerNormalization(x!, scale!, bias!, 1e-5).producer!;
    expect(outputs.map(({ shape }) => shape)).toEqual([
      ['B', 'L', 8],
      ['B', 'L', 1],
      ['B', 'L', 1],
    ]);
  });

  test('DynamicQuantizeLinear has one scale and one zero point as further outputs', () => {
    const { scale, zeroPoint } = ops.dynamicQuantizeLinear(inputsOf([['B', 3]])[0]!);
    expect([scale, zeroPoint]).toMatchObject([
      { dtype: 'float32', shape: [] },
      { dtype: 'uint8', shape: [] },
    ]);
  });

  test('no operator is left out of this file', () => {
    const named = [...good.map(([name]) => name.split(/[ ,]/)[0]!), ...unary];
    expect(named).toEqual(expect.arrayContaining(Object.keys(shapeRules)));
  });
});
