import { halvesToFloats } from '../float16.js';
import type { Tokens } from '../tokens.js';
import { splitByMessage } from './encoder-outputs.js';
import { floatsOf, type GraphCodec, type TensorValue } from './graph-codec.js';

/** A picture and a text whose match is asked for. */
export interface Pair {
  image: Tokens;
  text: Tokens;
}

/** Each picture and each text once, and which of them every pair takes: in a search one side is the same for all pairs. */
interface Message {
  images: Tokens[];
  texts: Tokens[];
  /** Indexes into `images` and `texts`, one of each for a pair. */
  imageOf: number[];
  textOf: number[];
}

/** Each tokens once. Copies, since the query's are sent with every chunk and what moves to the worker is gone here. */
function distinct(all: readonly Tokens[]): { kept: Tokens[]; indexes: number[] } {
  const seen = new Map<Uint16Array, number>();
  const kept: Tokens[] = [];
  const indexes = all.map(({ tokens, rows }) => {
    const known = seen.get(tokens);
    if (known !== undefined) return known;
    seen.set(tokens, kept.length);
    return kept.push({ tokens: new Uint16Array(tokens), rows }) - 1;
  });
  return { kept, indexes };
}

/** Writes the chosen tokens as [K,R,D] into `data`, shorter ones filled up with zeros; what is chosen again is only copied. */
function gather(chosen: readonly Tokens[], rows: number, width: number, data: Float32Array): TensorValue {
  const each = rows * width;
  const first = new Map<Tokens, number>();
  chosen.forEach((one, k) => {
    const at = first.get(one);
    if (at !== undefined) data.copyWithin(k * each, at, at + each);
    else {
      first.set(one, k * each);
      halvesToFloats(one.tokens, data, k * each);
      data.fill(0, k * each + one.tokens.length, (k + 1) * each);
    }
  });
  return { type: 'float32', data, dims: [chosen.length, rows, width] };
}

const longest = (chosen: readonly Tokens[]): number => Math.max(...chosen.map(({ rows }) => rows));

/** Picture and text -> match logit minus no-match logit; its sigmoid is the probability of a match. */
export const matcher: GraphCodec<Pair, Message, number> = {
  pack(pairs) {
    const images = distinct(pairs.map(({ image }) => image));
    const texts = distinct(pairs.map(({ text }) => text));
    const message = { images: images.kept, texts: texts.kept, imageOf: images.indexes, textOf: texts.indexes };
    return { message, transfer: [...images.kept, ...texts.kept].map(({ tokens }) => tokens.buffer as ArrayBuffer) };
  },

  begin(messages, { scratch }) {
    const images = messages.flatMap((message) => message.imageOf.map((index) => message.images[index]!));
    const texts = messages.flatMap((message) => message.textOf.map((index) => message.texts[index]!));
    const pairs = images.length;
    const width = images[0]!.tokens.length / images[0]!.rows;
    const [rows, length] = [longest(images), longest(texts)];
    const mask = new BigInt64Array(pairs * length);
    texts.forEach((text, k) => {
      mask.fill(1n, k * length, k * length + text.rows);
    });
    return {
      feeds: {
        image_tokens: gather(images, rows, width, scratch('image_tokens', pairs * rows * width)),
        text_tokens: gather(texts, length, width, scratch('text_tokens', pairs * length * width)),
        attention_mask: { type: 'int64', data: mask, dims: [pairs, length] },
      },
      read(outputs) {
        const { data } = floatsOf(outputs, 'itm_logits'); // [K,2]
        const margins = Array.from({ length: pairs }, (_, k) => data[2 * k + 1]! - data[2 * k]!);
        return splitByMessage(
          margins,
          messages.map(({ imageOf }) => imageOf),
        );
      },
    };
  },

  transfer: () => [],
};
