import { gemm, layerNormalization, reshape } from '../graph/ops.js';
import { productDim, type Shape, type Value } from '../graph/value.js';
import { NORMAL, ONES, type Scope, ZEROS } from './scope.js';

/** `x` as a matrix of rows: [..., D] -> [rows, D]. */
export const asRows = (x: Value): Value => reshape(x, [productDim(x.shape.slice(0, -1)), x.shape.at(-1)!]);

/** Factors of the product and of the bias; they cost nothing where a pass of their own would. */
export interface Scales {
  alpha?: number;
  beta?: number;
}

/** y = alpha x W^T + beta b over the last axis, W [out, in]. Shapes: [..., in] -> [..., out]. */
export function linearWith(x: Value, weight: Value, bias: Value, scales: Scales = {}): Value {
  const shape: Shape = [...x.shape.slice(0, -1), weight.shape[0]!];
  return reshape(gemm(asRows(x), weight, bias, { transB: true, ...scales }), shape);
}

/** A dense layer `name` of `scope` with parameters weight [out, in] and bias [out]: [..., in] -> [..., out]. */
export function linear(scope: Scope, name: string, x: Value, out: number, scales: Scales = {}): Value {
  return scope.within(name, (inner) => {
    const weight = inner.parameter('weight', [out, Number(x.shape.at(-1))], NORMAL);
    return linearWith(x, weight, inner.parameter('bias', [out], ZEROS), scales);
  });
}

/** Layer normalisation over the last axis, with parameters weight [D] and bias [D]. */
export function norm(scope: Scope, name: string, x: Value, epsilon: number): Value {
  return scope.within(name, (inner) => {
    const width = Number(x.shape.at(-1));
    return layerNormalization(
      x,
      inner.parameter('weight', [width], ONES),
      inner.parameter('bias', [width], ZEROS),
      epsilon,
    );
  });
}
