import type { Operator, OperatorAttributes } from '../../model/graph/operators.js';
import {
  cast,
  concat,
  div,
  equal,
  expand,
  gatherElements,
  gemm,
  greater,
  isTransposition,
  less,
  matMul,
  mul,
  neg,
  pow,
  reduceSum,
  reshape,
  scatterElements,
  sign,
  softmax,
  split,
  sub,
  transpose,
  transposeLast,
  where,
} from '../../model/graph/ops.js';
import { positiveAxis, type Shape, sizeOf, staticShape, type Value } from '../../model/graph/value.js';
import { gatherGradient } from './gather-gradient.js';
import { erfSlope, geluGradient } from './gelu-gradient.js';
import type { GradientRule } from './gradient-rule.js';
import { layerNormalizationGradient } from './layer-normalization-gradient.js';
import { unbroadcast } from './unbroadcast.js';

type Table = { [Op in Operator]: GradientRule<OperatorAttributes[Op]> | null };
type Elementwise = GradientRule<Record<never, never>>;

const unary =
  (rule: (x: Value, y: Value, dy: Value) => Value): Elementwise =>
  ({ inputs, outputs }, dy) => [rule(inputs[0]!, outputs[0]!, dy)];
const zeros = (like: Value, shape: Shape = like.shape): Value =>
  expand(
    reshape(
      like.graph.scalar(0),
      shape.map(() => 1),
    ),
    shape,
  );

/** dy where `chosen`, else 0. */
const masked = (chosen: Value, dy: Value): Value => mul(cast(chosen, 'float32'), dy);

/** d(op(a) op(b)): each operand's gradient is a product of dy with the other, transposed as the operands are. */
const gemmRule: GradientRule<OperatorAttributes['Gemm']> = (
  { inputs: [a, b, c], attributes: { transA, transB, alpha, beta }, needs },
  dy,
) => {
  const product = (x: Value, y: Value, xT: boolean, yT: boolean) =>
    gemm(x, y, undefined, { transA: xT, transB: yT, alpha });
  const da = () => (transA ? product(b!, dy, transB, true) : product(dy, b!, false, !transB));
  const db = () => (transB ? product(dy, a!, true, transA) : product(a!, dy, !transA, false));
  // summed before it is scaled: the sum is the smaller of the two
  const dc = () => (beta === 1 ? dy : mul(unbroadcast(dy, c!), beta));
  return [needs[0] ? da() : null, needs[1] ? db() : null, ...(c ? [needs[2] ? dc() : null] : [])];
};

/** Puts `dy` back at its place along an axis: zeros around it. */
function pad(dy: Value, x: Value, axis: number, start: number, end: number): Value {
  const { shape } = x;
  const length = shape[axis]!;
  if (typeof length === 'string') return scatterElements(zeros(x), placesAlong(dy, axis, start, end), dy, axis);
  const parts: Value[] = [];
  const zerosOf = (length: number) =>
    zeros(
      dy,
      shape.map((dim, i) => (i === axis ? length : dim)),
    );
  if (start > 0) parts.push(zerosOf(start));
  parts.push(dy);
  if (end < length) parts.push(zerosOf(length - end));
  return concat(parts, axis);
}

/** For every element of a slice its index along the axis that was sliced. */
function placesAlong({ graph, shape }: Value, axis: number, start: number, end: number): Value {
  const values = BigInt64Array.from({ length: end - start }, (_, i) => BigInt(start + i));
  const places = graph.constant(`constant/places_${start}_${end}`, 'int64', [end - start], values);
  const column = reshape(
    places,
    shape.map((_, i) => (i === axis ? end - start : 1)),
  );
  return expand(column, shape);
}

/** Sum over the axes, kept as 1, broadcast back: the gradient of a reduction reaches every element it summed. */
function spread(dy: Value, x: Value, axes: readonly number[]): Value {
  const { shape } = x;
  const positive = axes.map((axis) => positiveAxis('gradient of a reduction', axis, shape.length));
  return expand(
    reshape(
      dy,
      shape.map((dim, i) => (positive.includes(i) ? 1 : dim)),
    ),
    shape,
  );
}

/**
 * The gradient of every operator; `null` where none exists (comparisons, indices) or where it is zero almost everywhere (Sign, ArgMax).
 * Gradients with respect to indices and conditions are `null` too.
 */
export const gradientRules: Table = {
  Add: (_, dy) => [dy, dy],
  Sub: ({ needs }, dy) => [dy, needs[1] ? neg(dy) : null],
  Mul: ({ inputs, needs }, dy) => {
    const [a, b] = inputs as [Value, Value];
    const ofGelu = needs[0] && needs[1] ? geluGradient([a, b], dy) : null;
    return ofGelu ? [ofGelu, null] : [needs[0] ? mul(dy, b) : null, needs[1] ? mul(dy, a) : null];
  },
  // d(a/b) = da/b - (a/b)/b db
  Div: ({ inputs: [, b], outputs: [y], needs }, dy) => [
    needs[0] ? div(dy, b!) : null,
    needs[1] ? neg(div(mul(dy, y!), b!)) : null,
  ],
  // d(a^b) = b a^(b-1) da; the exponent is taken as a constant
  Pow: ({ inputs: [a, b] }, dy) => [mul(dy, mul(b!, pow(a!, sub(b!, 1)))), null],
  // at a tie the gradient goes to the first input
  Max: ({ inputs: [a, b] }, dy) => [masked(notLess(a!, b!), dy), masked(less(a!, b!), dy)],
  Min: ({ inputs: [a, b] }, dy) => [masked(notLess(b!, a!), dy), masked(less(b!, a!), dy)],
  Equal: null,
  Less: null,
  Greater: null,
  And: null,
  Identity: unary((_x, _y, dy) => dy),
  Neg: unary((_x, _y, dy) => neg(dy)),
  Abs: unary((x, _y, dy) => mul(dy, sign(x))),
  Sign: null,
  Exp: unary((_x, y, dy) => mul(dy, y)),
  Log: unary((x, _y, dy) => div(dy, x)),
  // d sqrt(x) = 1/2 dx / sqrt(x)
  Sqrt: unary((_x, y, dy) => div(mul(dy, 0.5), y)),
  Reciprocal: unary((_x, y, dy) => neg(mul(dy, mul(y, y)))),
  Erf: unary((x, _y, dy) => mul(dy, erfSlope(x))),
  Tanh: unary((_x, y, dy) => mul(dy, sub(1, mul(y, y)))),
  Sigmoid: unary((_x, y, dy) => mul(dy, mul(y, sub(1, y)))),
  Relu: unary((x, _y, dy) => masked(greater(x, 0), dy)),
  Not: null,
  Cast: ({ inputs: [x] }, dy) => [x!.dtype === 'float32' ? dy : null],
  // inside the range the slope is 1, outside 0
  Clip: ({ inputs: [x], outputs: [y] }, dy) => [masked(equal(x!, y!), dy)],
  Where: ({ inputs: [condition], needs }, dy) => [
    null,
    needs[1] ? where(condition!, dy, 0) : null,
    needs[2] ? where(condition!, 0, dy) : null,
  ],
  // d(ab) = dy b^T, a^T dy; the second as (dy^T a)^T where b is a transposition, which then cancels against the outer one
  MatMul: ({ inputs: [a, b], needs }, dy) => [
    needs[0] ? matMul(dy, transposeLast(b!)) : null,
    needs[1]
      ? isTransposition(b!)
        ? transposeLast(matMul(transposeLast(dy), a!))
        : matMul(transposeLast(a!), dy)
      : null,
  ],
  Gemm: gemmRule,
  DynamicQuantizeLinear: null,
  MatMulInteger: null,
  // dx = y (dy - sum(dy y))
  Softmax: ({ outputs: [y], attributes: { axis } }, dy) => [mul(y!, sub(dy, reduceSum(mul(dy, y!), [axis], true)))],
  // dx = dy - softmax(x) sum(dy)
  LogSoftmax: ({ inputs: [x], attributes: { axis } }, dy) => [
    sub(dy, mul(softmax(x!, axis), reduceSum(dy, [axis], true))),
  ],
  LayerNormalization: layerNormalizationGradient,
  ReduceSum: ({ inputs: [x], attributes: { axes } }, dy) => [spread(dy, x!, axes)],
  ReduceMean: ({ inputs: [x], outputs: [y], attributes: { axes } }, dy) => {
    const count = sizeOf(staticShape(x!)) / sizeOf(staticShape(y!));
    return [spread(mul(dy, 1 / count), x!, axes)];
  },
  // the maxima share the gradient
  ReduceMax: ({ inputs: [x], outputs: [y], attributes: { axes } }, dy) => {
    const chosen = cast(equal(x!, spread(y!, x!, axes)), 'float32');
    return [
      mul(
        chosen,
        div(
          spread(dy, x!, axes),
          reduceSum(
            chosen,
            axes.map((axis) => positiveAxis('ReduceMax', axis, x!.shape.length)),
            true,
          ),
        ),
      ),
    ];
  },
  ArgMax: null,
  CumSum: null,
  Reshape: ({ inputs: [x] }, dy) => [reshape(dy, x!.shape)],
  Expand: (_, dy) => [dy],
  Transpose: ({ attributes: { perm } }, dy) => [
    transpose(
      dy,
      perm.map((_, axis) => perm.indexOf(axis)),
    ),
  ],
  Concat: ({ inputs, attributes: { axis } }, dy) => {
    const at = positiveAxis('Concat', axis, dy.shape.length);
    return split(
      dy,
      at,
      inputs.map((input) => input.shape[at] as number),
    );
  },
  // the walk hands over one output at a time: see splitGradient
  Split: null,
  Slice: ({ inputs: [x], attributes: { axis, start, end } }, dy) => [
    pad(dy, x!, positiveAxis('Slice', axis, x!.shape.length), start, end),
  ],
  Gather: ({ inputs: [x, indices], attributes: { axis } }, dy) => [gatherGradient(x!, indices!, axis, dy), null],
  GatherElements: ({ inputs: [x, indices], attributes: { axis } }, dy) => [
    scatterElements(zeros(x!), indices!, dy, axis, 'add'),
    null,
  ],
  ScatterElements: ({ inputs: [, indices], attributes: { axis, reduction } }, dy) => {
    const updates = gatherElements(dy, indices!, axis);
    return [reduction === 'add' ? dy : scatterElements(dy, indices!, zeros(updates), axis), null, updates];
  },
  OneHot: null,
};

const notLess = (a: Value, b: Value): Value => equal(cast(less(a, b), 'float32'), 0);
