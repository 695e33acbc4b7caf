import type { Scope } from '../../model/layers/scope.js';
import type { ModelConfig } from '../../model/maskvlm/config.js';
import type { Tokens } from '../../model/maskvlm/cross-encoder.js';
import { imageEncoder } from '../../model/maskvlm/image-encoder.js';
import { additiveMask, textEncoder } from '../../model/maskvlm/text-encoder.js';

/** The fixed shapes of a step. */
export interface StepSize {
  /** B: samples. */
  batch: number;
  /** L: text tokens, padding included. */
  length: number;
}

/** Both encoders over a step's inputs pixel_values [pictures,3,S,S], input_ids and attention_mask [B,L]. */
export function encodeInputs(
  root: Scope,
  config: ModelConfig,
  { batch, length }: StepSize,
  pictures: number,
): { image: Tokens; text: Tokens } {
  const { graph } = root;
  const { size } = config.image;
  const pixels = graph.input('pixel_values', 'float32', [pictures, 3, size, size]);
  const ids = graph.input('input_ids', 'int64', [batch, length]);
  const attention = graph.input('attention_mask', 'int64', [batch, length]);
  return {
    image: { tokens: imageEncoder(root, pixels, config), mask: null },
    text: { tokens: textEncoder(root, ids, attention, config), mask: additiveMask(attention) },
  };
}
