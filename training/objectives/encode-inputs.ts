import type { Value } from '../../model/graph/value.js';
import type { Scope } from '../../model/layers/scope.js';
import type { ModelConfig } from '../../model/maskvlm/config.js';
import type { Tokens } from '../../model/maskvlm/cross-encoder.js';
import { imageEncoder } from '../../model/maskvlm/image-encoder.js';
import { additiveMask, textEncoder } from '../../model/maskvlm/text-encoder.js';

/** The fixed shapes of a step. */
export interface StepSize {
  /** B: samples. */
  batch: number;
  /** k: samples side by side that share their pictures. */
  textsPerPicture: number;
  /** L: text tokens, padding included. */
  length: number;
}

export interface EncodeOptions {
  /** Pictures of a sample. */
  sides?: number;
  /** What the text encoder reads in place of input_ids [B,L]. */
  read?: (ids: Value) => Value;
}

/** Both encoders over a step's inputs pixel_values [B/k*sides,3,S,S], input_ids and attention_mask [B,L]. */
export function encodeInputs(
  root: Scope,
  config: ModelConfig,
  { batch, textsPerPicture, length }: StepSize,
  { sides = 1, read = (ids) => ids }: EncodeOptions = {},
): { image: Tokens; text: Tokens; inputIds: Value } {
  const { graph } = root;
  const { size } = config.image;
  const pixels = graph.input('pixel_values', 'float32', [(batch / textsPerPicture) * sides, 3, size, size]);
  const ids = graph.input('input_ids', 'int64', [batch, length]);
  const attention = graph.input('attention_mask', 'int64', [batch, length]);
  return {
    inputIds: ids,
    image: { tokens: imageEncoder(root, pixels, config), mask: null },
    text: { tokens: textEncoder(root, read(ids), attention, config), mask: additiveMask(attention) },
  };
}
