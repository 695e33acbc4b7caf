import type { Masking } from '../../model/bundle/trained-masking.js';
import { drawImageMask, drawTextMask } from '../../model/masking/draw-masks.js';
import type { ModelConfig } from '../../model/maskvlm/config.js';
import { guessToken, type Prediction } from '../../model/maskvlm/guess-token.js';
import { maskPixels, pastePatches } from '../../model/maskvlm/patch-pixels.js';
import type { EncodedText, Tokenizer } from '../../model/tokenizer/tokenizer.js';
import type { RetrievalModel } from '../evaluation/retrieval-model.js';
import type { Restorer } from './restorer.js';

/** A token of the text, special ones left out. */
export interface RestoredToken {
  /** With a leading space where it begins a word. */
  text: string;
  masked: boolean;
  /** The best guesses at a masked token, best first, from the whole picture and from the masked one; none for others. */
  withPicture: Prediction[];
  withMaskedPicture: Prediction[];
}

/** Masked words and patches of one pair and what the model puts in their place (Figures 5 and 8). */
export interface Reconstruction {
  text: string;
  truncated: boolean;
  tokens: RestoredToken[];
  /** Normalised [3,S,S]: as given, and with the masked patches restored from the whole text. */
  pixels: Float32Array;
  restored: Float32Array;
  /** [N-1], 1 = masked. */
  imageMask: Float32Array;
}

/** A picture, normalised [3,S,S], and its text. */
export interface Pair {
  pixels: Float32Array;
  text: string;
}

export interface ReconstructOptions {
  config: ModelConfig;
  tokenizer: Tokenizer;
  maxLength: number;
  masking: Masking;
  /** The same seed masks the same. */
  seed: number;
}

/** A pair with what is masked of it. */
interface MaskedPair extends Pair {
  encoded: EncodedText;
  imageMask: Float32Array;
  textMask: Float32Array;
}

function drawMasks(pair: Pair, index: number, options: ReconstructOptions): MaskedPair {
  const { config, tokenizer, maxLength, masking, seed } = options;
  const encoded = tokenizer.encode(pair.text, maxLength);
  const imageMask = drawImageMask(config, masking.image, { seed, index });
  const textMask = drawTextMask(encoded.inputIds, tokenizer.special, masking.text.ratio, { seed, index });
  return { ...pair, encoded, imageMask, textMask };
}

/**
 * Masks pairs as in training and restores them: words with the whole and with the masked picture, patches with the whole text
 * (section 3.1: one modality is masked at a time). `model` must have the image encoder that knows the mask token.
 */
export async function reconstructPairs(
  model: Pick<RetrievalModel, 'encodeImages' | 'encodeTexts'>,
  restorer: Restorer,
  pairs: readonly Pair[],
  options: ReconstructOptions,
): Promise<Reconstruction[]> {
  const { config, tokenizer } = options;
  const { patch } = config.image;
  const { mask, pad } = tokenizer.special;
  const drawn = pairs.map((pair, i) => drawMasks(pair, i, options));
  const encodeAll = (pixelsOf: (pair: MaskedPair) => Float32Array) =>
    model.encodeImages(drawn.length, async (i) => pixelsOf(drawn[i]!));
  const images = await encodeAll(({ pixels }) => pixels);
  const maskedImages = await encodeAll(({ pixels, imageMask }) => maskPixels(pixels, imageMask, patch));
  const encoded = drawn.map((pair) => pair.encoded);
  const texts = await model.encodeTexts(encoded, pad);
  const maskedTexts = await model.encodeTexts(
    drawn.map(({ encoded: { inputIds, truncated }, textMask }) => {
      return { truncated, inputIds: inputIds.map((id, at) => (textMask[at] ? mask : id)) };
    }),
    pad,
  );
  const withPicture = await restorer.words(images, maskedTexts);
  const withMaskedPicture = await restorer.words(maskedImages, maskedTexts);
  const patches = await restorer.patches(maskedImages, texts);
  return drawn.map((pair, i) => {
    const { text, pixels, imageMask } = pair;
    const words = (logits: Float32Array) => part(logits, i, drawn.length);
    return {
      text,
      truncated: pair.encoded.truncated,
      tokens: restoredTokens(pair, words(withPicture), words(withMaskedPicture), texts.rows, tokenizer),
      pixels,
      restored: pastePatches(pixels, part(patches, i, drawn.length), imageMask, patch),
      imageMask,
    };
  });
}

/** Row `row` of `rows` equal parts of an array. */
function part(array: Float32Array, row: number, rows: number): Float32Array {
  const length = array.length / rows;
  return array.subarray(row * length, (row + 1) * length);
}

function restoredTokens(
  { encoded, textMask }: MaskedPair,
  withPicture: Float32Array,
  withMaskedPicture: Float32Array,
  rows: number,
  tokenizer: Tokenizer,
): RestoredToken[] {
  const guess = (logits: Float32Array, at: number): Prediction[] => guessToken(part(logits, at, rows), tokenizer);
  const { start, end } = tokenizer.special;
  return encoded.inputIds.flatMap((id, at) => {
    if (id === start || id === end) return [];
    const masked = textMask[at] === 1;
    return {
      text: tokenizer.tokenText(id),
      masked,
      withPicture: masked ? guess(withPicture, at) : [],
      withMaskedPicture: masked ? guess(withMaskedPicture, at) : [],
    };
  });
}
