import { dynamicQuantizeLinear, matMulInteger } from './integer-shape-rules.js';
import type { Operator, OperatorAttributes } from './operators.js';
import { check, inputsOf, matMulShape, type ShapeRule, sameDtype } from './shape-checks.js';
import {
  broadcastShapes,
  type Dim,
  dimProduct,
  positiveAxis,
  type Shape,
  shapeText,
  sumDim,
  type Value,
} from './value.js';

const unary: ShapeRule<OperatorAttributes['Neg']> = (where, inputs) => {
  const [x] = inputsOf(where, inputs, 1) as [Value];
  return [{ dtype: x.dtype, shape: x.shape }];
};

const binary: ShapeRule<OperatorAttributes['Add']> = (where, inputs) => {
  const [a, b] = inputsOf(where, inputs, 2) as [Value, Value];
  sameDtype(where, a, b);
  return [{ dtype: a.dtype, shape: broadcastShapes(where, a.shape, b.shape) }];
};

const comparison: ShapeRule<OperatorAttributes['Equal']> = (where, inputs) => [
  { dtype: 'bool', shape: binary(where, inputs, {})[0]!.shape },
];

const alongAxis: ShapeRule<OperatorAttributes['Softmax']> = (where, inputs, { axis }) => {
  const [x] = inputsOf(where, inputs, 1) as [Value];
  positiveAxis(where, axis, x.shape.length);
  return [{ dtype: x.dtype, shape: x.shape }];
};

const withoutAxes = (shape: Shape, axes: readonly number[], keepdims: boolean): Dim[] =>
  shape.flatMap((dim, i): Dim[] => (axes.includes(i) ? (keepdims ? [1] : []) : [dim]));

const reduction: ShapeRule<OperatorAttributes['ReduceSum']> = (where, inputs, { axes, keepdims }) => {
  const [x] = inputsOf(where, inputs, 1) as [Value];
  const positive = axes.map((axis) => positiveAxis(where, axis, x.shape.length));
  return [{ dtype: x.dtype, shape: withoutAxes(x.shape, positive, keepdims) }];
};

const replaceAxis = (shape: Shape, axis: number, dim: Dim): Dim[] => shape.map((d, i) => (i === axis ? dim : d));

/** Shape inference, a rule an operator. A rule throws `<node>(<inputs>): expected ..., got ...`. */
export const shapeRules: { [Op in Operator]: ShapeRule<OperatorAttributes[Op]> } = {
  Add: binary,
  Sub: binary,
  Mul: binary,
  Div: binary,
  Pow: binary,
  Max: binary,
  Min: binary,
  Equal: comparison,
  Less: comparison,
  Greater: comparison,
  And: binary,
  Identity: unary,
  Neg: unary,
  Abs: unary,
  Sign: unary,
  Exp: unary,
  Log: unary,
  Sqrt: unary,
  Reciprocal: unary,
  Erf: unary,
  Tanh: unary,
  Sigmoid: unary,
  Relu: unary,
  Not: unary,
  Clip: unary,
  Cast: (where, inputs, { to }) => [{ dtype: to, shape: inputsOf(where, inputs, 1)[0]!.shape }],
  Where: (where, inputs) => {
    const [condition, a, b] = inputsOf(where, inputs, 3) as [Value, Value, Value];
    check(condition.dtype === 'bool', where, 'a bool condition', condition.dtype);
    sameDtype(where, a, b);
    return [
      { dtype: a.dtype, shape: broadcastShapes(where, condition.shape, broadcastShapes(where, a.shape, b.shape)) },
    ];
  },
  MatMul: (where, inputs) => {
    const [a, b] = inputsOf(where, inputs, 2) as [Value, Value];
    sameDtype(where, a, b);
    return [{ dtype: a.dtype, shape: matMulShape(where, a.shape, b.shape) }];
  },
  Gemm: (where, inputs, { transA, transB }) => {
    check(inputs.length === 2 || inputs.length === 3, where, '2 or 3 inputs', String(inputs.length));
    const [a, b, c] = inputs as [Value, Value, Value?];
    check(
      a.shape.length === 2 && b.shape.length === 2,
      where,
      'matrices',
      `${shapeText(a.shape)} and ${shapeText(b.shape)}`,
    );
    const shape = matMulShape(
      where,
      transA ? [...a.shape].reverse() : a.shape,
      transB ? [...b.shape].reverse() : b.shape,
    );
    if (c) {
      const sum = broadcastShapes(where, shape, c.shape);
      check(
        shapeText(sum) === shapeText(shape),
        where,
        `a third input that broadcasts to ${shapeText(shape)}`,
        shapeText(c.shape),
      );
    }
    return [{ dtype: a.dtype, shape }];
  },
  DynamicQuantizeLinear: dynamicQuantizeLinear,
  MatMulInteger: matMulInteger,
  Softmax: alongAxis,
  LogSoftmax: alongAxis,
  CumSum: alongAxis,
  LayerNormalization: (where, inputs) => {
    const [x, scale, bias] = inputsOf(where, inputs, 3) as [Value, Value, Value];
    const width = shapeText(x.shape.slice(-1));
    check(
      shapeText(scale.shape) === width && shapeText(bias.shape) === width,
      where,
      `scale and bias of shape ${width}`,
      `${shapeText(scale.shape)} and ${shapeText(bias.shape)}`,
    );
    const statistics = [...x.shape.slice(0, -1), 1];
    return [x.shape, statistics, statistics].map((shape) => ({ dtype: x.dtype, shape }));
  },
  ReduceSum: reduction,
  ReduceMean: reduction,
  ReduceMax: reduction,
  ArgMax: (where, inputs, { axis, keepdims }) => [
    { dtype: 'int64', shape: reduction(where, inputs, { axes: [axis], keepdims })[0]!.shape },
  ],
  Reshape: (where, inputs, { shape }) => {
    const [x] = inputsOf(where, inputs, 1) as [Value];
    const before = dimProduct(x.shape);
    const after = dimProduct(shape);
    check(
      before.size === after.size && before.symbols === after.symbols,
      where,
      `a shape of as many elements as ${shapeText(x.shape)}`,
      shapeText(shape),
    );
    return [{ dtype: x.dtype, shape }];
  },
  Expand: (where, inputs, { shape }) => {
    const [x] = inputsOf(where, inputs, 1) as [Value];
    const target = broadcastShapes(where, x.shape, shape);
    check(
      shapeText(target) === shapeText(shape),
      where,
      `a shape that ${shapeText(x.shape)} broadcasts to`,
      shapeText(shape),
    );
    return [{ dtype: x.dtype, shape }];
  },
  Transpose: (where, inputs, { perm }) => {
    const [x] = inputsOf(where, inputs, 1) as [Value];
    const axes = [...perm].sort((a, b) => a - b);
    check(
      axes.length === x.shape.length && axes.every((axis, i) => axis === i),
      where,
      `a permutation of ${x.shape.length} axes`,
      `[${perm}]`,
    );
    return [{ dtype: x.dtype, shape: perm.map((axis) => x.shape[axis]!) }];
  },
  Concat: (where, inputs, { axis }) => {
    check(inputs.length > 0, where, 'at least one input', '0');
    const first = inputs[0]!;
    const at = positiveAxis(where, axis, first.shape.length);
    for (const input of inputs) {
      check(
        shapeText(replaceAxis(input.shape, at, 0)) === shapeText(replaceAxis(first.shape, at, 0)),
        where,
        `shapes that differ on axis ${at} only`,
        shapeText(input.shape),
      );
    }
    return [{ dtype: first.dtype, shape: replaceAxis(first.shape, at, sumDim(inputs.map(({ shape }) => shape[at]!))) }];
  },
  Split: (where, inputs, { axis, sizes }) => {
    const [x] = inputsOf(where, inputs, 1) as [Value];
    const at = positiveAxis(where, axis, x.shape.length);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    check(total === x.shape[at], where, `sizes that add up to ${x.shape[at]}`, String(total));
    return sizes.map((size) => ({ dtype: x.dtype, shape: replaceAxis(x.shape, at, size) }));
  },
  Slice: (where, inputs, { axis, start, end }) => {
    const [x] = inputsOf(where, inputs, 1) as [Value];
    const at = positiveAxis(where, axis, x.shape.length);
    const dim = x.shape[at]!;
    check(
      start >= 0 && end > start && (typeof dim === 'string' || end <= dim),
      where,
      `a range within axis ${at} of ${dim}`,
      `${start} to ${end}`,
    );
    return [{ dtype: x.dtype, shape: replaceAxis(x.shape, at, end - start) }];
  },
  Gather: (where, inputs, { axis }) => {
    const [x, indices] = inputsOf(where, inputs, 2) as [Value, Value];
    check(indices.dtype === 'int64', where, 'int64 indices', indices.dtype);
    const at = positiveAxis(where, axis, x.shape.length);
    return [{ dtype: x.dtype, shape: [...x.shape.slice(0, at), ...indices.shape, ...x.shape.slice(at + 1)] }];
  },
  GatherElements: (where, inputs, { axis }) => {
    const [x, indices] = inputsOf(where, inputs, 2) as [Value, Value];
    check(indices.dtype === 'int64', where, 'int64 indices', indices.dtype);
    check(
      x.shape.length === indices.shape.length,
      where,
      `indices of rank ${x.shape.length}`,
      shapeText(indices.shape),
    );
    positiveAxis(where, axis, x.shape.length);
    return [{ dtype: x.dtype, shape: indices.shape }];
  },
  ScatterElements: (where, inputs, { axis }) => {
    const [x, indices, updates] = inputsOf(where, inputs, 3) as [Value, Value, Value];
    check(
      shapeText(indices.shape) === shapeText(updates.shape),
      where,
      `updates of shape ${shapeText(indices.shape)}`,
      shapeText(updates.shape),
    );
    positiveAxis(where, axis, x.shape.length);
    return [{ dtype: x.dtype, shape: x.shape }];
  },
  OneHot: (where, inputs, { axis, depth }) => {
    const [indices] = inputsOf(where, inputs, 1) as [Value];
    const at = positiveAxis(where, axis, indices.shape.length + 1);
    return [{ dtype: 'float32', shape: [...indices.shape.slice(0, at), depth, ...indices.shape.slice(at)] }];
  },
};
