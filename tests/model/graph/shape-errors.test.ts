// What an operator says when its inputs do not fit.
import { describe, expect, test } from 'vitest';
import * as ops from '../../../model/graph/ops.js';
import { type Build, bytes, type Input, ids, inputsOf } from './graph-inputs.js';

const bad: [string, Input[], Build, string][] = [
  [
    'shapes that do not broadcast',
    [[2, 3], [4]],
    ([a, b]) => ops.add(a!, b!),
    'Add(a[2,3], b[4]): expected broadcastable shapes, got [2,3] and [4]',
  ],
  [
    'two symbols',
    [['B'], ['L']],
    ([a, b]) => ops.mul(a!, b!),
    'Mul(a[B], b[L]): expected broadcastable shapes, got [B] and [L]',
  ],
  [
    'a symbol and a size',
    [['B'], [3]],
    ([a, b]) => ops.sub(a!, b!),
    'Sub(a[B], b[3]): expected broadcastable shapes, got [B] and [3]',
  ],
  [
    'types that differ',
    [[3], ids(3)],
    ([a, b]) => ops.add(a!, b!),
    'Add(a[3], b[3]): expected float32 for both inputs, got int64',
  ],
  [
    'Where on numbers',
    [[3], [3], [3]],
    ([a, b, c]) => ops.where(a!, b!, c!),
    'Where(a[3], b[3], c[3]): expected a bool condition, got float32',
  ],
  [
    'MatMul of vectors',
    [[3], [3, 2]],
    ([a, b]) => ops.matMul(a!, b!),
    'MatMul(a[3], b[3,2]): expected two inputs of rank 2 or more, got [3] and [3,2]',
  ],
  [
    'MatMul whose inner sizes differ',
    [
      ['B', 3],
      [4, 2],
    ],
    ([a, b]) => ops.matMul(a!, b!),
    'MatMul(a[B,3], b[4,2]): expected inner dimensions that agree, got [B,3] and [4,2]',
  ],
  [
    'Gemm on more than matrices',
    [
      [2, 3, 4],
      [4, 2],
    ],
    ([a, b]) => ops.gemm(a!, b!),
    'Gemm(a[2,3,4], b[4,2]): expected matrices, got [2,3,4] and [4,2]',
  ],
  [
    'Gemm with too wide a bias',
    [
      [1, 3],
      [3, 4],
      [2, 4],
    ],
    ([a, b, c]) => ops.gemm(a!, b!, c!),
    'Gemm(a[1,3], b[3,4], c[2,4]): expected a third input that broadcasts to [1,4], got [2,4]',
  ],
  [
    'DynamicQuantizeLinear of whole numbers',
    [ids(2, 3)],
    ([a]) => ops.dynamicQuantizeLinear(a!).codes,
    'DynamicQuantizeLinear(a[2,3]): expected a float32 input, got int64',
  ],
  [
    'MatMulInteger of numbers',
    [bytes('uint8', 2, 3), [3, 4], bytes('uint8')],
    ([a, b, c]) => ops.matMulInteger(a!, b!, c!),
    'MatMulInteger(a[2,3], b[3,4], c[]): expected two inputs of int8 or uint8, got uint8 and float32',
  ],
  [
    'MatMulInteger with a zero point of another type',
    [bytes('uint8', 2, 3), bytes('int8', 3, 4), bytes('int8')],
    ([a, b, c]) => ops.matMulInteger(a!, b!, c!),
    'MatMulInteger(a[2,3], b[3,4], c[]): expected a scalar zero point of uint8, got int8 []',
  ],
  [
    'MatMulInteger with a zero point a column',
    [bytes('uint8', 2, 3), bytes('int8', 3, 4), bytes('uint8', 4)],
    ([a, b, c]) => ops.matMulInteger(a!, b!, c!),
    'MatMulInteger(a[2,3], b[3,4], c[4]): expected a scalar zero point of uint8, got uint8 [4]',
  ],
  [
    'MatMulInteger whose inner sizes differ',
    [bytes('uint8', 'B', 3), bytes('int8', 4, 4), bytes('uint8')],
    ([a, b, c]) => ops.matMulInteger(a!, b!, c!),
    'MatMulInteger(a[B,3], b[4,4], c[]): expected inner dimensions that agree, got [B,3] and [4,4]',
  ],
  [
    'Softmax on an axis that is not there',
    [[2, 3]],
    ([a]) => ops.softmax(a!, 2),
    'Softmax(a[2,3]): expected an axis in [-2, 2), got 2',
  ],
  [
    'LayerNormalization with another width',
    [[2, 8], [4], [8]],
    ([a, b, c]) => ops.layerNormalization(a!, b!, c!, 1e-5),
    'LayerNormalization(a[2,8], b[4], c[8]): expected scale and bias of shape [8], got [4] and [8]',
  ],
  [
    'a sum over an axis that is not there',
    [[2, 3]],
    ([a]) => ops.reduceSum(a!, [-3]),
    'ReduceSum(a[2,3]): expected an axis in [-2, 2), got -3',
  ],
  [
    'Reshape to another number of elements',
    [['B', 6]],
    ([a]) => ops.reshape(a!, ['B', 2, 4]),
    'Reshape(a[B,6]): expected a shape of as many elements as [B,6], got [B,2,4]',
  ],
  [
    'Reshape that loses a symbol',
    [['B', 'L']],
    ([a]) => ops.reshape(a!, ['B', 8]),
    'Reshape(a[B,L]): expected a shape of as many elements as [B,L], got [B,8]',
  ],
  [
    'Expand to a smaller shape',
    [[2, 3]],
    ([a]) => ops.expand(a!, [1, 3]),
    'Expand(a[2,3]): expected a shape that [2,3] broadcasts to, got [1,3]',
  ],
  [
    'Transpose by no permutation',
    [[2, 3]],
    ([a]) => ops.transpose(a!, [0, 0]),
    'Transpose(a[2,3]): expected a permutation of 2 axes, got [0,0]',
  ],
  [
    'Concat of shapes that differ elsewhere',
    [
      [2, 3],
      [4, 3],
    ],
    ([a, b]) => ops.concat([a!, b!], 1),
    'Concat(a[2,3], b[4,3]): expected shapes that differ on axis 1 only, got [4,3]',
  ],
  [
    'Split that does not add up',
    [[2, 6]],
    ([a]) => ops.split(a!, 1, [2, 3])[0]!,
    'Split(a[2,6]): expected sizes that add up to 6, got 5',
  ],
  [
    'Slice beyond the end',
    [[2, 6]],
    ([a]) => ops.slice(a!, 1, 3, 7),
    'Slice(a[2,6]): expected a range within axis 1 of 6, got 3 to 7',
  ],
  [
    'an empty Slice',
    [[2, 6]],
    ([a]) => ops.slice(a!, 1, 3, 3),
    'Slice(a[2,6]): expected a range within axis 1 of 6, got 3 to 3',
  ],
  [
    'Gather by numbers',
    [[9, 8], [2]],
    ([a, b]) => ops.gather(a!, b!),
    'Gather(a[9,8], b[2]): expected int64 indices, got float32',
  ],
  [
    'GatherElements of another rank',
    [[2, 3], ids(2)],
    ([a, b]) => ops.gatherElements(a!, b!, 1),
    'GatherElements(a[2,3], b[2]): expected indices of rank 2, got [2]',
  ],
  [
    'ScatterElements with fewer updates',
    [[2, 5], ids(2, 3), [2, 2]],
    ([a, b, c]) => ops.scatterElements(a!, b!, c!, 1),
    'ScatterElements(a[2,5], b[2,3], c[2,2]): expected updates of shape [2,3], got [2,2]',
  ],
  [
    'OneHot on an axis that is not there',
    [ids(2)],
    ([a]) => ops.oneHot(a!, 3, 2),
    'OneHot(a[2]): expected an axis in [-2, 2), got 2',
  ],
];

describe('a mistake fails where it is made, with the node, its inputs and their shapes', () => {
  test.each(bad)('%s', (_, inputs, build, message) => {
    expect(() => build(inputsOf(inputs))).toThrow(message);
  });

  test('the name says where in the model the node is', () => {
    const [a, b] = inputsOf([[2], [3]]);
    const { graph } = a!;
    expect(() => graph.within('encoder', () => graph.within('blocks.0', () => ops.add(a!, b!)))).toThrow(
      'encoder/blocks/0/Add(a[2], b[3]): expected broadcastable shapes',
    );
  });

  test('too few inputs', () => {
    const [a] = inputsOf([[2]]);
    expect(() => a!.graph.node('Add', [a!], {})).toThrow('Add(a[2]): expected 2 inputs, got 1');
  });
});
