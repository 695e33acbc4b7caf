import { PictureError } from '../../model/image/picture.js';
import type { EncodeOptions, LoadedModel } from '../inference/loaded-model.js';

export type EmbedInput = { kind: 'text'; text: string } | { kind: 'image'; bytes: Uint8Array };

/** A text or picture in the common space. */
export interface Embedded {
  /** [E], unit length. */
  embedding: Float32Array;
  /** What the encoder read: of a text with start and end, of a picture with [CLS]. */
  tokens: number;
  truncated: boolean;
}

/** Inputs that are encoded at a time: decoded pictures and token features take far more memory than embeddings, and are dropped. */
const CHUNK = 32;

/** Works on a list a chunk at a time, in order. */
async function inChunks<Item, Result>(
  items: readonly Item[],
  work: (chunk: Item[]) => Promise<Result[]>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let from = 0; from < items.length; from += CHUNK) {
    results.push(...(await work(items.slice(from, from + CHUNK))));
  }
  return results;
}

/**
 * Embeds texts, which must not be empty, and pictures, in their order; a picture that cannot be used has its error in its place.
 * @throws OverloadedError, AbortedError
 */
export async function embed(
  inputs: readonly EmbedInput[],
  model: LoadedModel,
  options: EncodeOptions,
): Promise<(Embedded | PictureError)[]> {
  const texts = inputs.flatMap((input) => (input.kind === 'text' ? [input.text] : []));
  const pictures = inputs.flatMap((input) => (input.kind === 'image' ? [input.bytes] : []));
  const [sentences, images] = await Promise.all([
    inChunks(texts, async (chunk) => {
      const encoded = await model.encodeTexts(chunk, options);
      return encoded.map(({ embedding, rows, truncated }): Embedded => ({ embedding, tokens: rows, truncated }));
    }),
    inChunks(pictures, async (chunk) => {
      const encoded = await model.encodeImages(chunk, options);
      return encoded.map((one): Embedded | PictureError => {
        return one instanceof PictureError ? one : { embedding: one.embedding, tokens: one.rows, truncated: false };
      });
    }),
  ]);
  const next = { text: 0, image: 0 };
  return inputs.map(({ kind }) => (kind === 'text' ? sentences[next.text++]! : images[next.image++]!));
}
