import { trainedMasking } from '../../model/bundle/trained-masking.js';
import { drawImageMask } from '../../model/masking/draw-masks.js';
import { gridOf } from '../../model/maskvlm/config.js';
import type { TextMask } from '../inference/graphs/spelled-text.js';
import type { LoadedModel } from '../inference/loaded-model.js';
import { fieldProblem } from './problems.js';

/** What a request wants masked: patches and tokens by number, or shares of them that a seed draws. */
export interface MaskRequest {
  imageMask?: number[];
  textMask?: number[];
  imageMaskRatio?: number;
  textMaskRatio?: number;
  seed?: number;
}

const SEED = 1;

/** [N-1], 1 = masked. */
function patchMask(indexes: readonly number[], patches: number): Float32Array {
  const mask = new Float32Array(patches);
  indexes.forEach((index, i) => {
    if (index >= patches)
      throw fieldProblem('unusable', `imageMask[${i}]`, `expected a patch below ${patches}, got ${index}`);
    mask[index] = 1;
  });
  return mask;
}

/**
 * The masks of a request. Without any wish they are as in training; once one modality is masked by number, the other is masked only as far
 * as is asked for.
 * @throws Problem when a modality is masked both by number and by share, or a patch is beyond the picture
 */
export function readMasks(request: MaskRequest, model: LoadedModel): { imageMask: Float32Array; textMask: TextMask } {
  const { imageMask, textMask, imageMaskRatio, textMaskRatio, seed = SEED } = request;
  for (const mask of ['imageMask', 'textMask'] as const) {
    if (request[mask] === undefined || request[`${mask}Ratio`] === undefined) continue;
    throw fieldProblem('bad-request', `${mask}Ratio`, `expected none beside ${mask}`);
  }
  const byNumber = imageMask !== undefined || textMask !== undefined;
  const trained = trainedMasking(model.manifest);
  const grid = gridOf(model.config);
  const image = {
    ratio: imageMaskRatio ?? (byNumber ? 0 : trained.image.ratio),
    // A bundle that does not say how it was masked may have a grid that the usual units do not fill.
    unit: grid % trained.image.unit === 0 ? trained.image.unit : 1,
  };
  return {
    imageMask: imageMask ? patchMask(imageMask, grid ** 2) : drawImageMask(model.config, image, { seed }),
    textMask: textMask ? { indexes: textMask } : { ratio: textMaskRatio ?? (byNumber ? 0 : trained.text.ratio), seed },
  };
}
