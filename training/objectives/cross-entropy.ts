import {
  div,
  gatherElements,
  logSoftmax,
  max,
  mul,
  neg,
  reduceMean,
  reduceSum,
  reshape,
} from '../../model/graph/ops.js';
import type { Value } from '../../model/graph/value.js';

/**
 * sum_i w_i (-log softmax(logits_i)[target_i]) / max(total, 1e-6), `total` being the sum of the weights unless it is given: by
 * batches that are parts of a larger one. Shapes: logits [n,C], targets int64 [n], weights [n] -> scalar.
 */
export function weightedCrossEntropy(
  logits: Value,
  targets: Value,
  weights: Value,
  total: Value = reduceSum(weights, [0]),
): Value {
  const rows = Number(logits.shape[0]);
  const picked = reshape(gatherElements(logSoftmax(logits), reshape(targets, [rows, 1]), 1), [rows]);
  return div(neg(reduceSum(mul(picked, weights), [0])), max(total, 1e-6));
}

/** Mean cross-entropy. Shapes: logits [n,C], targets int64 [n] -> scalar. */
export function meanCrossEntropy(logits: Value, targets: Value): Value {
  const rows = Number(logits.shape[0]);
  const picked = gatherElements(logSoftmax(logits), reshape(targets, [rows, 1]), 1);
  return neg(reduceMean(reshape(picked, [rows]), [0]));
}
