import { maskImage, maskText, patchGrid } from '../../../model/masking/masking.js';
import { createRng } from '../../../model/random.js';
import { findSamePairs, itcTargets, type PairIdentity } from '../same-pairs.js';
import { type BatchSettings, floats, type LoadedSample, type OpenBatchMaker } from './batch.js';
import { createPictureRows, rowOf } from './picture-rows.js';
import { createTextEncoder, textInputs } from './text-rows.js';

/** What is known of a picture and its texts: numbers of the texts, equal where they say the same. */
export interface PairTarget {
  trueTextIds: readonly number[];
}

/**
 * Batches of pre-training and retrieval. Beside the picture and the text of each pair, where a loss asks for them: `image_mask` [B,N] and
 * `text_mask` [B,L], 1 = masked; `itc_targets` [B,B], rows sum to 1, for pictures against texts and texts against pictures alike;
 * `negative_allowed` [B,B] symmetric, 1 where picture j may be a negative of text i and text j one of picture i, 0 on the diagonal;
 * `gumbel_image` and `gumbel_text` [B,B], standard Gumbel noise for drawing a negative picture (column) for each text (row), and a text
 * for each picture. Throws unless patches fill the picture and masking units fill the patch grid.
 */
export const openPairBatches: OpenBatchMaker<PairTarget> = (tokenizer, settings) => {
  const { imageSize, patchSize, maxLength, masking, losses } = settings;
  const grid = patchGrid(imageSize, patchSize, masking.image.unit);
  const writePictures = createPictureRows(settings);
  const encode = createTextEncoder(tokenizer, maxLength);
  return (step, samples, spare) => {
    const size = samples.length;
    const texts = samples.map(({ text }) => encode(text));
    const imageMask = new Float32Array(size * grid * grid);
    const textMask = new Float32Array(size * maxLength);
    const pixels = writePictures(
      step,
      samples,
      spare,
      ({ text }) => text,
      (row, rng) => {
        maskImage(rowOf(imageMask, row, size), grid, masking.image, rng);
        maskText(rowOf(textMask, row, size), texts[row]!.inputIds, tokenizer.special, masking.text.ratio, rng);
      },
    );
    return {
      step,
      inputs: {
        pixel_values: pixels,
        ...textInputs(texts, tokenizer.special.pad, maxLength),
        ...(losses.mim && { image_mask: floats([size, grid * grid], imageMask) }),
        ...(losses.mlm && { text_mask: floats([size, maxLength], textMask) }),
        ...pairwise(step, samples, settings),
      },
    };
  };
};

function pairwise(step: number, samples: readonly LoadedSample<PairTarget>[], settings: BatchSettings) {
  const { seed, losses } = settings;
  const size = samples.length;
  const matrix = (data: Float32Array) => floats([size, size], data);
  const gumbel = (name: string) => {
    const rng = createRng(seed, name, step);
    return matrix(Float32Array.from({ length: size * size }, () => rng.gumbel()));
  };
  const same = findSamePairs(samples.map(identity));
  return {
    ...(losses.itc && { itc_targets: matrix(itcTargets(same, size, settings.itcTargets)) }),
    ...(losses.itm && {
      negative_allowed: matrix(Float32Array.from(same, (flag) => 1 - flag)),
      gumbel_image: gumbel('gumbel image'),
      gumbel_text: gumbel('gumbel text'),
    }),
  };
}

const identity = ({ pictureKeys, textIndex, target }: LoadedSample<PairTarget>): PairIdentity => ({
  imageKey: pictureKeys[0]!,
  textId: target.trueTextIds[textIndex]!,
  trueTextIds: target.trueTextIds,
});
