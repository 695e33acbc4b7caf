import { expand, gemm, reshape } from '../../model/graph/ops.js';
import { staticShape, type Value } from '../../model/graph/value.js';

/**
 * The sum of all rows, [rows,n] -> [n], each times its number in `weights` [rows,1] where there are any: a product with a vector, which
 * onnxruntime spreads over its threads, unlike a reduction of rows.
 */
export function sumRows(x: Value, weights?: Value): Value {
  const [rows, width] = staticShape(x) as [number, number];
  const factors = weights ? reshape(weights, [1, rows]) : expand(reshape(x.graph.scalar(1), [1, 1]), [1, rows]);
  return reshape(gemm(factors, x), [width]);
}
