import type { Masking } from '../bundle/trained-masking.js';
import { gridOf, type ModelConfig } from '../maskvlm/config.js';
import { createRng } from '../random.js';
import type { SpecialIds } from '../tokenizer/tokenizer.js';
import { maskImage, maskText } from './masking.js';

/** Which masks: the same seed and number of the pair hide the same, whatever is hidden of the other modality. */
export interface MaskSeed {
  seed: number;
  /** Of the pair, among those that are masked together. */
  index?: number;
}

/** The patches of a picture that a reconstruction hides, [N-1], 1 = masked. */
export function drawImageMask(
  config: Pick<ModelConfig, 'image'>,
  masking: Masking['image'],
  { seed, index = 0 }: MaskSeed,
): Float32Array {
  const grid = gridOf(config);
  const mask = new Float32Array(grid ** 2);
  maskImage(mask, grid, masking, createRng(seed, 'reconstruct', index, 'image'));
  return mask;
}

/** The tokens of a text that a reconstruction hides, [L], 1 = masked: one at least, unless `ratio` is 0; never a special one. */
export function drawTextMask(
  inputIds: readonly number[],
  special: SpecialIds,
  ratio: number,
  { seed, index = 0 }: MaskSeed,
): Float32Array {
  const mask = new Float32Array(inputIds.length);
  if (ratio > 0) maskText(mask, inputIds, special, ratio, createRng(seed, 'reconstruct', index, 'text'));
  return mask;
}
