import { add, clip, div, logSoftmax, matMul, mul, neg, reduceSum, sub, transpose } from '../../model/graph/ops.js';
import type { Value } from '../../model/graph/value.js';

export interface TemperatureRange {
  min: number;
  max: number;
}

/**
 * Cosines over the temperature: image and text embeddings [B,E] -> similarity [B,B], rows images. The temperature is clamped in value
 * but not in gradient, so that a step outside its range can come back (ALBEF clamps the parameter itself before every forward pass).
 */
export function similarity(
  image: Value,
  text: Value,
  temperature: Value,
  { min, max }: TemperatureRange,
  stopped: Value[],
): Value {
  const correction = sub(clip(temperature, min, max), temperature);
  stopped.push(correction);
  return div(matMul(image, transpose(text, [1, 0])), add(temperature, correction));
}

/**
 * ITC, Equation 2: the mean over the batch of the two cross-entropies image to text and text to image, summed, not halved. `targets`
 * [B,B] is symmetric with rows that add up to 1: the identity, or shared between pairs that are equally right.
 */
export function contrastiveLoss(similarities: Value, targets: Value): Value {
  const bothWays = add(logSoftmax(similarities, 1), logSoftmax(similarities, 0));
  return div(neg(reduceSum(mul(targets, bothWays), [0, 1])), Number(targets.shape[0]));
}
