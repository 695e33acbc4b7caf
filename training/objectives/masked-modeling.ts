import { abs, div, max, mul, reduceSum, reshape, sub } from '../../model/graph/ops.js';
import { productDim, staticShape, type Value } from '../../model/graph/value.js';
import { asRows } from '../../model/layers/linear.js';
import { weightedCrossEntropy } from './cross-entropy.js';

/**
 * MLM, Equation 1: cross-entropy, mean over the masked tokens: these, or `total` of them. logits [B,L,V], inputIds [B,L] (the originals),
 * mask [B,L] -> scalar.
 */
export function maskedLanguageLoss(logits: Value, inputIds: Value, mask: Value, total?: Value): Value {
  const flat = [productDim(inputIds.shape)];
  return weightedCrossEntropy(asRows(logits), reshape(inputIds, flat), reshape(mask, flat), total);
}

/**
 * MIM, Equation 1: L1 distance, mean over the masked pixels: of these masked patches, or of `total`; of a pixel's three channels their mean
 * (SimMIM's normalisation) or their sum. predicted and original patches [B,N-1,3*P*P], mask [B,N-1] -> scalar.
 */
export function maskedImageLoss(
  predicted: Value,
  original: Value,
  mask: Value,
  channels: 'mean' | 'sum',
  total?: Value,
): Value {
  const [, , values] = staticShape(predicted) as [number, number, number];
  const distance = reduceSum(abs(sub(predicted, original)), [2]); // [B,N-1]
  const axes = Array.from({ length: distance.shape.length }, (_, i) => i);
  const masked = max(total ?? reduceSum(mask, axes), 1e-6);
  return div(reduceSum(mul(distance, mask), axes), mul(masked, channels === 'sum' ? values / 3 : values));
}
