import type { Raster } from '../../model/image/picture.js';
import { type EncodedText, padTexts, type Tokenizer } from '../../model/tokenizer/tokenizer.js';
import { createRng } from '../random.js';
import { type ImageMasking, maskImage, maskText, patchGrid } from './masking.js';
import { findSamePairs, itcTargets, type PairIdentity } from './same-pairs.js';
import { type Augmentation, drawView } from './view.js';
import { createViewWriter } from './view-writer.js';

/**
 * One step's input to the pre-training graph, as arrays of their own that can be transferred between threads. N = (S / P)^2 patches.
 */
export interface PretrainBatch {
  step: number;
  /** [B,3,S,S] augmented and normalised; also the target of MIM. */
  pixelValues: Float32Array;
  /** [B,L], padded to the recipe's text.maxLength. */
  inputIds: BigInt64Array;
  /** [B,L], 1 = token, 0 = padding. */
  attentionMask: BigInt64Array;
  /** [B,N], 1 = masked. */
  imageMask: Float32Array;
  /** [B,L], 1 = masked. */
  textMask: Float32Array;
  /** [B,B], rows sum to 1; for pictures against texts and texts against pictures alike. */
  itcTargets: Float32Array;
  /** [B,B] symmetric, 1 where picture j may be a negative of text i and text j one of picture i; 0 on the diagonal. */
  negativeAllowed: Float32Array;
  /** [B,B] standard Gumbel noise for drawing a negative picture (column) for each text (row). */
  gumbelImage: Float32Array;
  /** [B,B] the same for drawing a negative text (column) for each picture (row). */
  gumbelText: Float32Array;
}

export interface BatchSettings {
  seed: number;
  /** Picture side S and patch side P in pixels. */
  imageSize: number;
  patchSize: number;
  mean: readonly number[];
  std: readonly number[];
  /** L. */
  maxLength: number;
  augment: Augmentation;
  masking: { image: ImageMasking; text: { ratio: number } };
  itcTargets: 'diagonal' | 'caption';
}

/** A sample whose picture is at hand. */
export interface LoadedSample extends PairIdentity {
  text: string;
  raster: Raster;
}

/** `spare` is pixel memory of an earlier batch to write into. */
export type BatchMaker = (step: number, samples: readonly LoadedSample[], spare?: Float32Array) => PretrainBatch;

const REMEMBERED_TEXTS = 100_000;

/**
 * Makes a function that turns samples into the batch of a step. What is random in it depends on the seed, the step and the row
 * alone. Throws unless patches fill the picture and masking units fill the patch grid.
 */
export function createBatchMaker(tokenizer: Tokenizer, settings: BatchSettings): BatchMaker {
  const { seed, imageSize, maxLength, augment, masking } = settings;
  const grid = patchGrid(imageSize, settings.patchSize, masking.image.unit);
  const writeView = createViewWriter(imageSize, settings.mean, settings.std);
  const encode = rememberTexts((text) => tokenizer.encode(text, maxLength));
  return (step, samples, spare) => {
    const size = samples.length;
    const pixelValues = spare ?? new Float32Array(size * 3 * imageSize * imageSize);
    const imageMask = new Float32Array(size * grid * grid);
    const textMask = new Float32Array(size * maxLength);
    const texts = samples.map(({ text }) => encode(text));
    for (const [row, { raster, text }] of samples.entries()) {
      const rng = createRng(seed, 'sample', step, row);
      writeView(raster, drawView(raster, text, augment, rng), slice(pixelValues, row, size));
      maskImage(slice(imageMask, row, size), grid, masking.image, rng);
      maskText(slice(textMask, row, size), texts[row]!.inputIds, tokenizer.special, masking.text.ratio, rng);
    }
    const same = findSamePairs(samples);
    const { inputIds, attentionMask } = padTexts(texts, tokenizer.special.pad, maxLength);
    return {
      step,
      pixelValues,
      inputIds,
      attentionMask,
      imageMask,
      textMask,
      itcTargets: itcTargets(same, size, settings.itcTargets),
      negativeAllowed: Float32Array.from(same, (flag) => 1 - flag),
      gumbelImage: gumbelNoise(size * size, seed, 'gumbel image', step),
      gumbelText: gumbelNoise(size * size, seed, 'gumbel text', step),
    };
  };
}

/** Row `row` of `rows` equal rows, as a view. */
function slice(array: Float32Array, row: number, rows: number): Float32Array {
  const length = array.length / rows;
  return array.subarray(row * length, (row + 1) * length);
}

function gumbelNoise(length: number, ...keys: (number | string)[]): Float32Array {
  const rng = createRng(...keys);
  return Float32Array.from({ length }, () => rng.gumbel());
}

/** Captions come back every few epochs; tokenizing one costs more than keeping its ids. */
function rememberTexts(encode: (text: string) => EncodedText): (text: string) => EncodedText {
  const known = new Map<string, EncodedText>();
  return (text) => {
    const found = known.get(text);
    if (found) return found;
    const encoded = encode(text);
    if (known.size < REMEMBERED_TEXTS) known.set(text, encoded);
    return encoded;
  };
}
