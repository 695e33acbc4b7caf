import { preparePixels } from '../../model/image/picture.js';
import { type HostTensor, openSession } from '../../model/onnx/session.js';
import { padTexts } from '../../model/tokenizer/tokenizer.js';
import { type ImageSource, imageName, readImage } from '../data/image-source.js';
import type { MeasuredModel, MeasureOptions } from './measured-model.js';

/** The encoders' outputs for a batch of examples, and where each example's pictures and text are among them. */
export interface EncodedExamples {
  /** image_tokens [I,N,D], text_tokens [T,L,D] and attention_mask [T,L]: every picture and text once. */
  inputs: Record<'image_tokens' | 'text_tokens' | 'attention_mask', HostTensor>;
  /** Rows of the first pictures of all examples, then of the second ones. */
  imageRows: BigInt64Array;
  textRows: BigInt64Array;
}

/** One or two pictures with a text. */
export interface Example {
  images: readonly ImageSource[];
  text: string;
}

export interface PairEncoder {
  /** Rejects where a picture does not decode, with its name. */
  encode(examples: readonly Example[]): Promise<EncodedExamples>;
  release(): Promise<void>;
}

/** Examples that are encoded together. */
export const EXAMPLE_BATCH = 64;

/** Loads both encoders of a model. */
export async function openPairEncoder(
  model: MeasuredModel,
  { signal, onProgress: _, ...options }: MeasureOptions,
): Promise<PairEncoder> {
  const imageEncoder = await openSession(model.graph('image_encoder'), options);
  const textEncoder = await openSession(model.graph('text_encoder'), options);
  const { tokenizer, image: settings, maxLength } = model;
  const encodeImages = async (images: readonly ImageSource[]) => {
    const S = settings.size;
    const pixels = new Float32Array(images.length * 3 * S * S);
    await Promise.all(
      images.map(async (image, i) => pixels.set(await preparePixels(await readImage(image), settings), i * 3 * S * S)),
    );
    const out = await imageEncoder.run({
      pixel_values: { dtype: 'float32', shape: [images.length, 3, S, S], data: pixels },
    });
    return out.image_tokens!;
  };
  const encodeTexts = async (texts: readonly string[]) => {
    const encoded = texts.map((text) => tokenizer.encode(text, maxLength));
    const { inputIds, attentionMask, batch, length } = padTexts(encoded, tokenizer.special.pad);
    const ids = (data: BigInt64Array): HostTensor => ({ dtype: 'int64', shape: [batch, length], data });
    const attention_mask = ids(attentionMask);
    const out = await textEncoder.run({ input_ids: ids(inputIds), attention_mask });
    return { text_tokens: out.text_tokens!, attention_mask };
  };
  return {
    async encode(examples) {
      signal?.throwIfAborted();
      const sides = examples[0]!.images.flatMap((_, side) => examples.map(({ images }) => images[side]!));
      const pictures = distinct(sides, imageName);
      const texts = distinct(
        examples.map(({ text }) => text),
        (text) => text,
      );
      const image_tokens = await encodeImages(pictures.members);
      return {
        inputs: { image_tokens, ...(await encodeTexts(texts.members)) },
        imageRows: pictures.rows,
        textRows: texts.rows,
      };
    },
    async release() {
      await Promise.all([imageEncoder.release(), textEncoder.release()]);
    },
  };
}

/** Each member once, and the place of every one of `all` among them. */
function distinct<T>(all: readonly T[], keyOf: (member: T) => string): { members: T[]; rows: BigInt64Array } {
  const places = new Map<string, number>();
  const members: T[] = [];
  const rows = BigInt64Array.from(all, (member) => {
    const key = keyOf(member);
    const known = places.get(key);
    if (known !== undefined) return BigInt(known);
    places.set(key, members.length);
    members.push(member);
    return BigInt(members.length - 1);
  });
  return { members, rows };
}
