import { expand, gemm, oneHot, reshape, scatterElements, transpose } from '../../model/graph/ops.js';
import { positiveAxis, productDim, type Value } from '../../model/graph/value.js';

/**
 * Rows of `x` were read, some perhaps often: each reading's gradient is added where the row came from. Not by ScatterND, which would be
 * the quickest: on several threads onnxruntime loses sums of rows that were read more than once.
 */
export function gatherGradient(x: Value, indices: Value, axis: number, dy: Value): Value {
  const at = positiveAxis('Gather', axis, x.shape.length);
  if (at === 0) return sumReadings(x.shape, indices, dy);
  // axis first, then the sums, then back
  const rank = dy.shape.length;
  const front = indices.shape.map((_, i) => at + i);
  const others = Array.from({ length: rank }, (_, i) => i).filter((i) => !front.includes(i));
  const order = [at, ...x.shape.map((_, i) => i).filter((i) => i !== at)];
  const target = order.map((i) => x.shape[i]!);
  const summed = sumReadings(target, indices, transpose(dy, [...front, ...others]));
  return transpose(
    summed,
    order.map((_, i) => order.indexOf(i)),
  );
}

/** Gradients dy [...indices, ...row] of rows that were read, summed by row: `shape` [rows, ...row]. */
function sumReadings(shape: Value['shape'], indices: Value, dy: Value): Value {
  const [rows, ...row] = shape;
  const [count, width] = [productDim(indices.shape), productDim(row)];
  const read = reshape(dy, [count, width]);
  const numbers = reshape(indices, [count]);
  // Few long rows are summed by a product with ones and zeros, on all threads; ScatterElements goes from number to number on one.
  if (typeof rows === 'number' && typeof width === 'number' && rows <= width)
    return reshape(gemm(oneHot(numbers, rows), read, undefined, { transA: true }), shape);
  const places = expand(reshape(numbers, [count, 1]), [count, width]);
  const zeros = expand(reshape(dy.graph.scalar(0), [1, 1]), [rows!, width]);
  return reshape(scatterElements(zeros, places, read, 0, 'add'), shape);
}
