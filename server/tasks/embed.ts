import { PictureError } from '../../model/image/picture.js';
import { problemOf } from '../http/problem-of.js';
import type { EncodeOptions, LoadedModel } from '../inference/loaded-model.js';

/** A text, or a picture that is read when its turn comes; `path` is the field it came in. */
export type EmbedInput = { kind: 'text'; text: string } | { kind: 'image'; path: string; read(): Promise<Uint8Array> };

/** A text or picture in the common space. */
export interface Embedded {
  /** [E], unit length. */
  embedding: Float32Array;
  /** What the encoder read: of a text with start and end, of a picture with [CLS]. */
  tokens: number;
  truncated: boolean;
}

/** Inputs that are encoded at a time: files, pixels and token features take far more memory than the embeddings that are left of them. */
const TEXTS = 64;
const PICTURES = 8;

type Picture = Extract<EmbedInput, { kind: 'image' }>;

/** Works on a list a chunk at a time, in order. */
async function inChunks<Item>(
  items: readonly Item[],
  size: number,
  work: (chunk: Item[]) => Promise<Embedded[]>,
): Promise<Embedded[]> {
  const results: Embedded[] = [];
  for (let from = 0; from < items.length; from += size) results.push(...(await work(items.slice(from, from + size))));
  return results;
}

async function embedPictures(
  pictures: readonly Picture[],
  model: LoadedModel,
  options: EncodeOptions,
): Promise<Embedded[]> {
  const bytes = await Promise.all(pictures.map((picture) => picture.read()));
  const encoded = await model.encodeImages(bytes, options);
  return encoded.map((one, i) => {
    if (one instanceof PictureError) throw problemOf(one, pictures[i]!.path);
    return { embedding: one.embedding, tokens: one.rows, truncated: false };
  });
}

/**
 * Embeds texts, which must not be empty, and pictures, in their order.
 * @throws Problem that names the field of a picture that cannot be used; OverloadedError, AbortedError
 */
export async function embed(
  inputs: readonly EmbedInput[],
  model: LoadedModel,
  options: EncodeOptions,
): Promise<Embedded[]> {
  const texts = inputs.flatMap((input) => (input.kind === 'text' ? [input.text] : []));
  const pictures = inputs.flatMap((input) => (input.kind === 'image' ? [input] : []));
  const [sentences, images] = await Promise.all([
    inChunks(texts, TEXTS, async (chunk) => {
      const encoded = await model.encodeTexts(chunk, options);
      return encoded.map(({ embedding, rows, truncated }) => ({ embedding, tokens: rows, truncated }));
    }),
    inChunks(pictures, PICTURES, (chunk) => embedPictures(chunk, model, options)),
  ]);
  const next = { text: 0, image: 0 };
  return inputs.map(({ kind }) => (kind === 'text' ? sentences[next.text++]! : images[next.image++]!));
}
