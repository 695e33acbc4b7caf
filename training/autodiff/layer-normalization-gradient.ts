import type { OperatorAttributes } from '../../model/graph/operators.js';
import { gemm, mul, reshape, sub } from '../../model/graph/ops.js';
import { productDim, type Value } from '../../model/graph/value.js';
import type { RuleContext } from './gradient-rule.js';
import { sumRows } from './sum-rows.js';

/**
 * y = n g + b with n = (x - mean) r, r = 1/sqrt(var + epsilon) over the last axis of width D:
 *   db = sum dy,  dg = sum dy n,  dx = r (dy g - (dy . g)/D - n (dy n . g)/D).
 * The two dot products are matrix-vector products, cheaper than a broadcast multiplication followed by a sum.
 */
export function layerNormalizationGradient(
  { inputs, outputs, needs }: RuleContext<OperatorAttributes['LayerNormalization']>,
  dy: Value,
): (Value | null)[] {
  const [x, scale] = inputs as [Value, Value];
  const [, mean, inverse] = outputs as [Value, Value, Value];
  const { shape } = x;
  const width = Number(shape.at(-1));
  const rows = productDim(shape.slice(0, -1));
  const matrix = (value: Value, columns: number) => reshape(value, [rows, columns]);
  const r = matrix(inverse, 1);
  const n = mul(sub(matrix(x, width), matrix(mean, 1)), r);
  const dyRows = matrix(dy, width);
  const dyN = mul(dyRows, n);
  const column = reshape(mul(scale, 1 / width), [width, 1]);
  const centred = sub(sub(mul(dyRows, scale), gemm(dyRows, column)), mul(n, gemm(dyN, column)));
  return [reshape(mul(centred, r), shape), needs[1] ? sumRows(dyN) : null, needs[2] ? sumRows(dyRows) : null];
}
