import { expand, gemm, reshape } from '../../model/graph/ops.js';
import { staticShape, type Value } from '../../model/graph/value.js';

/** The sum of all rows, [rows,n] -> [n], as a product with ones: onnxruntime spreads it over its threads, unlike a reduction of rows. */
export function sumRows(x: Value): Value {
  const [rows, width] = staticShape(x) as [number, number];
  const ones = expand(reshape(x.graph.scalar(1), [1, 1]), [1, rows]);
  return reshape(gemm(ones, x), [width]);
}
