import { halvesToFloats } from '../../../model/precision/float16.js';
import type { Tokens } from '../tokens.js';
import { splitByMessage } from './encoder-outputs.js';
import { floatsOf, type GraphCodec, type TensorValue } from './graph-codec.js';

/** A picture and a text whose match is asked for. */
export interface Pair {
  image: Tokens;
  text: Tokens;
}

/** Several tokens in one piece of memory, so that a single buffer moves to the worker: float16 bits, one after the other. */
interface Bundled {
  tokens: Uint16Array<ArrayBuffer>;
  /** Rows of each. */
  rows: number[];
}

/** Each picture and each text once, and which of them every pair takes: in a search one side is the same for all pairs. */
interface Message {
  images: Bundled;
  texts: Bundled;
  /** Indexes into `images` and `texts`, one of each for a pair. */
  imageOf: number[];
  textOf: number[];
}

/** Each tokens once, copied, since the query's are sent with every chunk and what moves to the worker is gone here. */
function distinct(all: readonly Tokens[]): { bundled: Bundled; indexes: number[] } {
  const seen = new Map<Uint16Array, number>();
  const kept: Tokens[] = [];
  const indexes = all.map((one) => {
    const known = seen.get(one.tokens);
    if (known !== undefined) return known;
    seen.set(one.tokens, kept.length);
    return kept.push(one) - 1;
  });
  const tokens = new Uint16Array(kept.reduce((sum, one) => sum + one.tokens.length, 0));
  let end = 0;
  for (const one of kept) {
    tokens.set(one.tokens, end);
    end += one.tokens.length;
  }
  return { bundled: { tokens, rows: kept.map(({ rows }) => rows) }, indexes };
}

const countOf = (all: readonly Bundled[]): number => all.reduce((sum, { rows }) => sum + rows.length, 0);
const longestOf = (all: readonly Bundled[]): number => Math.max(...all.flatMap(({ rows }) => rows));

/** Writes tokens as [n,R,D] into `data`, shorter ones filled up with zeros. */
function stack(all: readonly Bundled[], longest: number, width: number, data: Float32Array): TensorValue {
  let end = 0;
  for (const { tokens, rows } of all) {
    let start = 0;
    for (const own of rows) {
      halvesToFloats(tokens.subarray(start, start + own * width), data, end);
      data.fill(0, end + own * width, end + longest * width);
      start += own * width;
      end += longest * width;
    }
  }
  return { type: 'float32', data, dims: [countOf(all), longest, width] };
}

/** The indexes of all messages, moved to where each message's own tokens begin in the run. */
function joinIndexes(parts: readonly { indexes: readonly number[]; count: number }[]): TensorValue {
  let start = 0;
  const data = parts.flatMap(({ indexes, count }) => {
    const moved = indexes.map((index) => BigInt(start + index));
    start += count;
    return moved;
  });
  return { type: 'int64', data: BigInt64Array.from(data), dims: [data.length] };
}

/** Picture and text -> match logit minus no-match logit; its sigmoid is the probability of a match. */
export const matcher: GraphCodec<Pair, Message, number> = {
  pack(pairs) {
    const images = distinct(pairs.map(({ image }) => image));
    const texts = distinct(pairs.map(({ text }) => text));
    const message = { images: images.bundled, texts: texts.bundled, imageOf: images.indexes, textOf: texts.indexes };
    return { message, transfer: [message.images.tokens.buffer, message.texts.tokens.buffer] };
  },

  begin(messages, { scratch }) {
    const images = messages.map((message) => message.images);
    const texts = messages.map((message) => message.texts);
    const width = images[0]!.tokens.length / images[0]!.rows.reduce((sum, rows) => sum + rows, 0);
    const [rows, length] = [longestOf(images), longestOf(texts)];
    const textRows = texts.flatMap((text) => text.rows);
    const mask = new BigInt64Array(textRows.length * length);
    textRows.forEach((own, i) => {
      mask.fill(1n, i * length, i * length + own);
    });
    const joined = (part: 'images' | 'texts', indexes: 'imageOf' | 'textOf') =>
      joinIndexes(messages.map((message) => ({ indexes: message[indexes], count: message[part].rows.length })));
    return {
      feeds: {
        image_tokens: stack(images, rows, width, scratch('image_tokens', countOf(images) * rows * width)),
        text_tokens: stack(texts, length, width, scratch('text_tokens', textRows.length * length * width)),
        attention_mask: { type: 'int64', data: mask, dims: [textRows.length, length] },
        image_rows: joined('images', 'imageOf'),
        text_rows: joined('texts', 'textOf'),
      },
      read(outputs) {
        const { data } = floatsOf(outputs, 'itm_logits'); // [K,2]
        const margins = Array.from({ length: data.length / 2 }, (_, k) => data[2 * k + 1]! - data[2 * k]!);
        return splitByMessage(
          margins,
          messages.map(({ imageOf }) => imageOf),
        );
      },
    };
  },

  transfer: () => [],
};
