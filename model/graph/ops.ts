/**
 * The operators as functions, spelled as in ONNX's specification (lower camel case): `add(matMul(x, w), b)`. Numbers stand for scalar
 * constants of the other operand's type.
 */
import type { Operator, OperatorAttributes } from './operators.js';
import type { Dtype, Shape, Value } from './value.js';

type Operand = Value | number;

const apply = <Op extends Operator>(op: Op, inputs: readonly Value[], attributes: OperatorAttributes[Op]): Value =>
  inputs[0]!.graph.node(op, inputs, attributes)[0]!;

const operand = (x: Operand, like: Operand): Value => {
  if (typeof x !== 'number') return x;
  const other = like as Value;
  return other.graph.scalar(x, other.dtype);
};

type BinaryOperator = 'Add' | 'Sub' | 'Mul' | 'Div' | 'Pow' | 'Max' | 'Min' | 'Equal' | 'Less' | 'Greater' | 'And';
const binary = (op: BinaryOperator) => (a: Operand, b: Operand) => apply(op, [operand(a, b), operand(b, a)], {});
export const add = binary('Add');
export const sub = binary('Sub');
export const mul = binary('Mul');
export const div = binary('Div');
export const pow = binary('Pow');
export const max = binary('Max');
export const min = binary('Min');
export const equal = binary('Equal');
export const less = binary('Less');
export const greater = binary('Greater');
export const and = binary('And');

type UnaryOperator =
  | 'Identity'
  | 'Neg'
  | 'Abs'
  | 'Sign'
  | 'Exp'
  | 'Log'
  | 'Sqrt'
  | 'Reciprocal'
  | 'Erf'
  | 'Tanh'
  | 'Sigmoid'
  | 'Relu'
  | 'Not';
const unary = (op: UnaryOperator) => (x: Value) => apply(op, [x], {});
export const identity = unary('Identity');
export const neg = unary('Neg');
export const abs = unary('Abs');
export const sign = unary('Sign');
export const exp = unary('Exp');
export const log = unary('Log');
export const sqrt = unary('Sqrt');
export const reciprocal = unary('Reciprocal');
export const erf = unary('Erf');
export const tanh = unary('Tanh');
export const sigmoid = unary('Sigmoid');
export const relu = unary('Relu');
export const not = unary('Not');

export const cast = (x: Value, to: Dtype) => (x.dtype === to ? x : apply('Cast', [x], { to }));
export const clip = (x: Value, min: number, max: number) => apply('Clip', [x], { min, max });
export const where = (condition: Value, a: Operand, b: Operand) =>
  apply('Where', [condition, operand(a, b), operand(b, a)], {});

export const matMul = (a: Value, b: Value) => apply('MatMul', [a, b], {});
/** `alpha op(a) op(b) + beta c`, where op transposes when asked. */
export const gemm = (a: Value, b: Value, c?: Value, { transA = false, transB = false, alpha = 1, beta = 1 } = {}) =>
  apply('Gemm', c ? [a, b, c] : [a, b], { transA, transB, alpha, beta });

/** 8-bit codes of `x` and what they stand for: x = scale (codes - zeroPoint). */
export function dynamicQuantizeLinear(x: Value): { codes: Value; scale: Value; zeroPoint: Value } {
  const [codes, scale, zeroPoint] = x.graph.node('DynamicQuantizeLinear', [x], {}) as [Value, Value, Value];
  return { codes, scale, zeroPoint };
}
/** `(a - zeroPoint) b` of 8-bit integers, exact. */
export const matMulInteger = (a: Value, b: Value, zeroPoint: Value) => apply('MatMulInteger', [a, b, zeroPoint], {});

export const softmax = (x: Value, axis = -1) => apply('Softmax', [x], { axis });
export const logSoftmax = (x: Value, axis = -1) => apply('LogSoftmax', [x], { axis });
export const cumSum = (x: Value, axis: number) => apply('CumSum', [x], { axis });
export const layerNormalization = (x: Value, scale: Value, bias: Value, epsilon: number) =>
  apply('LayerNormalization', [x, scale, bias], { epsilon });

type Reduction = 'ReduceSum' | 'ReduceMean' | 'ReduceMax';
const reduce =
  (op: Reduction) =>
  (x: Value, axes: readonly number[], keepdims = false) =>
    apply(op, [x], { axes, keepdims });
export const reduceSum = reduce('ReduceSum');
export const reduceMean = reduce('ReduceMean');
export const reduceMax = reduce('ReduceMax');
export const argMax = (x: Value, axis: number, keepdims = false) => apply('ArgMax', [x], { axis, keepdims });

const sameShape = (a: Shape, b: Shape) => a.length === b.length && a.every((dim, i) => dim === b[i]);
export const reshape = (x: Value, shape: Shape) => (sameShape(x.shape, shape) ? x : apply('Reshape', [x], { shape }));
export const expand = (x: Value, shape: Shape) => (sameShape(x.shape, shape) ? x : apply('Expand', [x], { shape }));
/** A transposition that undoes the one before it is no node at all. */
export function transpose(x: Value, perm: readonly number[]): Value {
  if (x.producer?.op === 'Transpose') {
    const before = (x.producer.attributes as OperatorAttributes['Transpose']).perm;
    if (perm.every((axis, i) => before[axis] === i)) return x.producer.inputs[0]!;
  }
  return apply('Transpose', [x], { perm });
}
export const concat = (inputs: readonly Value[], axis: number) =>
  inputs.length === 1 ? inputs[0]! : apply('Concat', inputs, { axis });
export const split = (x: Value, axis: number, sizes: readonly number[]) =>
  sizes.length === 1 ? [x] : x.graph.node('Split', [x], { axis, sizes });
export const slice = (x: Value, axis: number, start: number, end: number) => apply('Slice', [x], { axis, start, end });
export const gather = (x: Value, indices: Value, axis = 0) => apply('Gather', [x, indices], { axis });
export const gatherElements = (x: Value, indices: Value, axis: number) =>
  apply('GatherElements', [x, indices], { axis });
export const scatterElements = (
  x: Value,
  indices: Value,
  updates: Value,
  axis: number,
  reduction: 'none' | 'add' = 'none',
) => apply('ScatterElements', [x, indices, updates], { axis, reduction });
export const oneHot = (indices: Value, depth: number, axis = -1) => apply('OneHot', [indices], { axis, depth });

/** Swaps the last two axes. */
export function transposeLast(x: Value): Value {
  const perm = x.shape.map((_, i) => i);
  const rank = perm.length;
  [perm[rank - 1], perm[rank - 2]] = [rank - 2, rank - 1];
  return transpose(x, perm);
}

/** Whether `x` is another matrix, or batch of matrices, with its last two axes swapped. */
export function isTransposition({ producer }: Value): boolean {
  if (producer?.op !== 'Transpose') return false;
  const { perm } = producer.attributes as OperatorAttributes['Transpose'];
  const rank = perm.length;
  return perm.every((axis, i) => axis === (i < rank - 2 ? i : 2 * rank - 3 - i));
}
