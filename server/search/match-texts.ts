import { cosine } from '../inference/cosine.js';
import type { EncodeOptions, LoadedModel } from '../inference/loaded-model.js';

export interface TextScore {
  text: string;
  /** Cosine, -1 to 1. */
  itc: number;
  /** Probability, 0 to 1. */
  itm: number;
}

/**
 * Scores each text against one picture, by both towers (cosine) and by the cross-encoder (probability).
 * @throws PictureError, OverloadedError, AbortedError
 */
export async function matchTexts(
  bytes: Uint8Array,
  texts: readonly string[],
  model: LoadedModel,
  options: EncodeOptions,
): Promise<{ scores: TextScore[]; truncated: boolean }> {
  const [[picture], sentences] = await Promise.all([
    model.encodeImages([bytes], options),
    model.encodeTexts(texts, options),
  ]);
  if (picture instanceof Error) throw picture;
  const probabilities = await model.match(
    sentences.map((sentence) => ({ image: picture!, text: sentence })),
    options,
  );
  const scores = texts.map((text, index) => ({
    text,
    itc: cosine(picture!.embedding, sentences[index]!.embedding),
    itm: probabilities[index]!,
  }));
  return { scores, truncated: sentences.some(({ truncated }) => truncated) };
}
