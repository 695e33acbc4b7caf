import type { TokenKey } from '../../store/token-reader.js';
import type { Tokens } from '../tokens.js';
import { splitByMessage } from './encoder-outputs.js';
import { floatsOf, type GraphCodec, type TensorValue } from './graph-codec.js';
import { packTokens, type TokenMessage, tokenTensor } from './token-batch.js';

/** A picture and a text whose match is asked for. */
export interface Pair {
  image: Tokens | TokenKey;
  text: Tokens | TokenKey;
}

/** Each picture and each text once, and which of them every pair takes: in a search one side is the same for all pairs. */
export interface Message {
  images: TokenMessage;
  texts: TokenMessage;
  /** Indexes into `images` and `texts`, one of each for a pair. */
  imageOf: number[];
  textOf: number[];
}

/** The indexes of all messages, moved to where each message's own tokens begin in the run. */
function joinIndexes(parts: readonly { indexes: readonly number[]; count: number }[]): number[] {
  let start = 0;
  return parts.flatMap(({ indexes, count }) => {
    const moved = indexes.map((index) => start + index);
    start += count;
    return moved;
  });
}

const int64 = (values: readonly number[]): TensorValue => ({
  type: 'int64',
  data: BigInt64Array.from(values, BigInt),
  dims: [values.length],
});

/** 1 for each token, 0 for the padding: [T,L]. */
function paddingMask(rows: readonly number[], length: number): TensorValue {
  const data = new BigInt64Array(rows.length * length);
  rows.forEach((own, i) => {
    data.fill(1n, i * length, i * length + own);
  });
  return { type: 'int64', data, dims: [rows.length, length] };
}

/**
 * Picture and text -> match logit minus no-match logit; its sigmoid is the probability of a match. Null for a pair whose tokens the store
 * has no more.
 */
export const matcher: GraphCodec<Pair, Message, number | null> = {
  pack(pairs) {
    const images = packTokens(pairs.map(({ image }) => image));
    const texts = packTokens(pairs.map(({ text }) => text));
    const message = { images: images.message, texts: texts.message, imageOf: images.indexes, textOf: texts.indexes };
    return { message, transfer: [message.images.held.buffer, message.texts.held.buffer] };
  },

  begin(messages, context) {
    const imageRows = context.dimsOf('image_tokens')[1] as number;
    const images = tokenTensor(
      'image_tokens',
      messages.map((message) => message.images),
      { least: imageRows, most: imageRows },
      context,
    );
    const texts = tokenTensor(
      'text_tokens',
      messages.map((message) => message.texts),
      { least: 1, most: context.maxLength },
      context,
    );
    const joined = (part: 'images' | 'texts', indexes: 'imageOf' | 'textOf') =>
      joinIndexes(messages.map((message) => ({ indexes: message[indexes], count: message[part].items.length })));
    const [imageOf, textOf] = [joined('images', 'imageOf'), joined('texts', 'textOf')];
    return {
      feeds: {
        image_tokens: images.tensor,
        text_tokens: texts.tensor,
        attention_mask: paddingMask(texts.rows, texts.tensor.dims[1]!),
        image_rows: int64(imageOf),
        text_rows: int64(textOf),
      },
      read(outputs) {
        const { data } = floatsOf(outputs, 'itm_logits'); // [K,2]
        const margins = imageOf.map((image, k) => {
          const isThere = images.rows[image]! > 0 && texts.rows[textOf[k]!]! > 0;
          return isThere ? data[2 * k + 1]! - data[2 * k]! : null;
        });
        return splitByMessage(
          margins,
          messages.map((message) => message.imageOf),
        );
      },
    };
  },

  transfer: () => [],
};
