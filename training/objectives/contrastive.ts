import { add, clip, div, logSoftmax, matMul, mul, neg, reduceSum, sub, transpose } from '../../model/graph/ops.js';
import type { Value } from '../../model/graph/value.js';

export interface TemperatureSettings {
  /** Whether it is learned, or stays as it begins. */
  learned: boolean;
  min: number;
  max: number;
}

/**
 * Cosines over the temperature: image and text embeddings [B,E] -> similarity [B,B], rows images. The temperature is clamped in value
 * but not in gradient, so that a step outside its range can come back (ALBEF clamps the parameter itself before every forward pass); one
 * that is not learned has no gradient at all.
 */
export function similarity(
  image: Value,
  text: Value,
  temperature: Value,
  { learned, min, max }: TemperatureSettings,
  stopped: Value[],
): Value {
  const cosines = matMul(image, transpose(text, [1, 0]));
  const clipped = clip(temperature, min, max);
  const constant = learned ? sub(clipped, temperature) : clipped;
  stopped.push(constant);
  return div(cosines, learned ? add(temperature, constant) : constant);
}

/**
 * ITC, Equation 2: the mean over the batch of the two cross-entropies image to text and text to image, summed, not halved. `targets`
 * [B,B] is symmetric with rows that add up to 1: the identity, or shared between pairs that are equally right.
 */
export function contrastiveLoss(similarities: Value, targets: Value): Value {
  const bothWays = add(logSoftmax(similarities, 1), logSoftmax(similarities, 0));
  return div(neg(reduceSum(mul(targets, bothWays), [0, 1])), Number(targets.shape[0]));
}
