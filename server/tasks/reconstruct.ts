import { performance } from 'node:perf_hooks';
import type { Prediction } from '../../model/maskvlm/guess-token.js';
import { fieldProblem } from '../http/problems.js';
import type { TextMask, TextPiece } from '../inference/graphs/spelled-text.js';
import type { EncodedText, EncodeOptions, LoadedModel } from '../inference/loaded-model.js';
import type { StageTimes } from '../inference/stage-times.js';
import type { Tokens } from '../inference/tokens.js';

export interface MaskedPair {
  bytes: Uint8Array;
  text: string;
  /** [N-1], 1 = masked. */
  imageMask: Float32Array;
  textMask: TextMask;
}

/** A token of the text, and the best guesses at it, best first, where it is masked. */
export interface RestoredToken extends TextPiece {
  predictions: Prediction[];
}

export interface Reconstruction {
  tokens: RestoredToken[];
  /** Data URLs: the masked patches restored, and in grey. */
  image: string;
  maskedImage: string;
  truncated: boolean;
}

type TimedOptions = EncodeOptions & { times: StageTimes };

/** What the encoders made of a pair, whole and masked. */
interface EncodedPair {
  image: Tokens;
  maskedImage?: Tokens;
  text: EncodedText;
  maskedText: EncodedText;
}

/** Throws unless the text has a word, and every masked token is one of its. */
function checkMask(pieces: readonly TextPiece[], mask: TextMask): void {
  if (pieces.length === 0) throw fieldProblem('unusable', 'text', 'expected at least one word');
  const beyond = 'indexes' in mask ? mask.indexes.findIndex((index) => index >= pieces.length) : -1;
  if (beyond < 0) return;
  const got = (mask as { indexes: readonly number[] }).indexes[beyond];
  throw fieldProblem('unusable', `textMask[${beyond}]`, `expected a token below ${pieces.length}, got ${got}`);
}

async function restoreWords(
  { image, maskedText }: EncodedPair,
  model: LoadedModel,
  options: EncodeOptions,
): Promise<RestoredToken[]> {
  const pieces = maskedText.pieces!;
  // Row 0 is that of the start token.
  const rows = pieces.flatMap(({ masked }, index) => (masked ? [index + 1] : []));
  const [guesses] =
    rows.length > 0
      ? await model.run('text_reconstructor', [{ images: [image], text: maskedText, rows }], options)
      : [];
  let next = 0;
  return pieces.map((piece) => ({ ...piece, predictions: piece.masked ? guesses![next++]! : [] }));
}

async function restorePatches(
  { maskedImage, text }: EncodedPair,
  model: LoadedModel,
  options: EncodeOptions,
): Promise<Float32Array | undefined> {
  if (!maskedImage) return undefined;
  const [patches] = await model.run('image_reconstructor', [{ images: [maskedImage], text }], options);
  return patches;
}

async function encodePicture(
  { bytes, imageMask: mask }: MaskedPair,
  model: LoadedModel,
  options: TimedOptions,
): Promise<Pick<EncodedPair, 'image' | 'maskedImage'> & { pixels: Float32Array; maskedUrl: string }> {
  const started = performance.now();
  const request = { bytes, settings: model.manifest.image, patch: model.config.image.patch, mask };
  const { pixels, masked, dataUrl } = await model.preparer.run('masked_picture', request, options);
  const decoded = performance.now();
  // What is encoded moves to the worker, and the pixels are needed once more.
  const inputs = [pixels.slice(), ...(mask.some(Boolean) ? [masked] : [])];
  const [image, maskedImage] = await model.run('image_encoder', inputs, options);
  options.times.decodeMs += decoded - started;
  options.times.encodeMs += performance.now() - decoded;
  return { pixels, maskedUrl: dataUrl, image: image!, ...(maskedImage ? { maskedImage } : {}) };
}

async function encodeText(
  { text, textMask }: MaskedPair,
  model: LoadedModel,
  options: TimedOptions,
): Promise<Pick<EncodedPair, 'text' | 'maskedText'>> {
  const [whole, masked] = await model.encodeTexts([text, { text, mask: textMask }], options);
  checkMask(masked!.pieces!, textMask);
  return { text: whole!, maskedText: masked! };
}

/**
 * Restores masked words from the whole picture and masked patches from the whole text (section 3.1 of the paper: one modality is masked at
 * a time).
 * @throws PictureError; Problem for a text without a word or a mask beyond it; OverloadedError, AbortedError
 */
export async function reconstruct(
  masked: MaskedPair,
  model: LoadedModel,
  options: TimedOptions,
): Promise<Reconstruction> {
  const [texts, { pixels, maskedUrl, ...images }] = await Promise.all([
    encodeText(masked, model, options),
    encodePicture(masked, model, options),
  ]);
  const pair = { ...texts, ...images };
  const [tokens, patches] = await Promise.all([
    restoreWords(pair, model, options),
    restorePatches(pair, model, options),
  ]);
  const request = { pixels, patches, settings: model.manifest.image, patch: model.config.image.patch };
  const image = await model.preparer.run('restored_picture', { ...request, mask: masked.imageMask }, options);
  return { tokens, image, maskedImage: maskedUrl, truncated: texts.text.truncated };
}
