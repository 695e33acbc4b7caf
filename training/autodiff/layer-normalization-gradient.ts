import type { OperatorAttributes } from '../../model/graph/operators.js';
import { gemm, mul, reshape, sub } from '../../model/graph/ops.js';
import { productDim, type Value } from '../../model/graph/value.js';
import type { RuleContext } from './gradient-rule.js';
import { sumRows } from './sum-rows.js';

/**
 * y = c r g + b with c = x - mean, r = 1/sqrt(var + epsilon) over the last axis of width D:
 *   db = sum dy,  dg = sum r (dy c),  dx = r (dy g) - c (r^3 (dy c . g)/D) - r (dy . g)/D.
 * What r multiplies is summed first where it can be: no pass is spent on c r. The two dot products are matrix-vector products, cheaper than
 * a broadcast multiplication followed by a sum.
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
  const centred = sub(matrix(x, width), matrix(mean, 1));
  const dyRows = matrix(dy, width);
  const dyCentred = mul(dyRows, centred);
  const column = reshape(mul(scale, 1 / width), [width, 1]);
  const along = mul(gemm(dyCentred, column), mul(r, mul(r, r)));
  const dx = sub(sub(mul(mul(dyRows, scale), r), mul(centred, along)), mul(gemm(dyRows, column), r));
  return [reshape(dx, shape), needs[1] ? sumRows(dyCentred, r) : null, needs[2] ? sumRows(dyRows) : null];
}
