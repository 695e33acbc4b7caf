import type { Dtype, Shape } from './value.js';

type None = Record<never, never>;
interface Axis {
  axis: number;
}
interface Reduction {
  axes: readonly number[];
  keepdims: boolean;
}

/**
 * The operators of a graph with the attributes each takes. Names are ONNX's (opset 21). What ONNX passes as small constant tensors
 * (the shape of Reshape, the axes of ReduceSum, ...) is an attribute here and becomes a tensor when the file is written (onnx/lower.ts).
 */
export interface OperatorAttributes {
  // element-wise, two inputs, broadcast
  Add: None;
  Sub: None;
  Mul: None;
  Div: None;
  Pow: None;
  Max: None;
  Min: None;
  Equal: None;
  Less: None;
  Greater: None;
  And: None;
  // element-wise, one input
  Identity: None;
  Neg: None;
  Abs: None;
  Sign: None;
  Exp: None;
  Log: None;
  Sqrt: None;
  Reciprocal: None;
  Erf: None;
  Tanh: None;
  Sigmoid: None;
  Relu: None;
  Not: None;
  Cast: { to: Dtype };
  Clip: { min: number; max: number };
  // element-wise, three inputs
  Where: None;
  // matrix products
  MatMul: None;
  /** alpha op(a) op(b) + beta c */
  Gemm: { transA: boolean; transB: boolean; alpha: number; beta: number };
  // matrix products of 8-bit integers
  /** x = scale (y - zero point), by the range of the whole of x. Outputs: y uint8, the scale, float32, and the zero point, uint8. */
  DynamicQuantizeLinear: None;
  /** (a - zero point of a) b as int32. Inputs: a, b, zero point of a. */
  MatMulInteger: None;
  // along an axis
  Softmax: Axis;
  LogSoftmax: Axis;
  /** Normalises the last axis. Outputs: Y, Mean, InvStdDev. */
  LayerNormalization: { epsilon: number };
  ReduceSum: Reduction;
  ReduceMean: Reduction;
  ReduceMax: Reduction;
  ArgMax: Axis & { keepdims: boolean };
  CumSum: Axis;
  // shape and place
  Reshape: { shape: Shape };
  Expand: { shape: Shape };
  Transpose: { perm: readonly number[] };
  Concat: Axis;
  Split: Axis & { sizes: readonly number[] };
  Slice: Axis & { start: number; end: number };
  Gather: Axis;
  GatherElements: Axis;
  ScatterElements: Axis & { reduction: 'none' | 'add' };
  OneHot: Axis & { depth: number };
}

export type Operator = keyof OperatorAttributes;
