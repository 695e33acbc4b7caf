import type { TokenKey } from '../../store/token-reader.js';
import type { Tokens } from '../tokens.js';
import type { LoadedGraph, ModelContext, Packed, Tensors, TensorValue } from './graph-codec.js';
import { packTokens, type TokenMessage, tokenTensor } from './token-batch.js';

/** A text, and the picture that it is about, or several. */
export interface TextAndPictures {
  images: readonly (Tokens | TokenKey)[];
  text: Tokens | TokenKey;
}

/** Each picture and each text once, and which of them every pair takes: in a search one side is the same for all pairs. */
export interface PairMessage {
  images: TokenMessage;
  texts: TokenMessage;
  /** Indexes into `images`: of the first picture of every pair, then of the second ones, if there are any. */
  sides: number[][];
  /** Indexes into `texts`. */
  textOf: number[];
}

/** Packs texts with the same number of pictures each. */
export function packPairs(pairs: readonly TextAndPictures[]): Packed<PairMessage> {
  const images = packTokens(pairs.flatMap((pair) => pair.images));
  const texts = packTokens(pairs.map(({ text }) => text));
  const count = pairs[0]?.images.length ?? 0;
  const sides = Array.from({ length: count }, (_, side) => pairs.map((_pair, k) => images.indexes[count * k + side]!));
  return {
    message: { images: images.message, texts: texts.message, sides, textOf: texts.indexes },
    transfer: [images.message.held.buffer as ArrayBuffer, texts.message.held.buffer as ArrayBuffer],
  };
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

const int64 = (values: readonly number[], dims: readonly number[]): TensorValue => ({
  type: 'int64',
  data: BigInt64Array.from(values, BigInt),
  dims,
});

/** 1 for each token, 0 for the padding: [T,L]. */
function paddingMask(rows: readonly number[], length: number): TensorValue {
  const data = new BigInt64Array(rows.length * length);
  rows.forEach((own, i) => {
    data.fill(1n, i * length, i * length + own);
  });
  return { type: 'int64', data, dims: [rows.length, length] };
}

/** What the graphs that read pictures with texts take, and whether the tokens of pair k are all there. */
export interface PairFeeds {
  feeds: Tensors;
  isThere(k: number): boolean;
}

/**
 * image_tokens [I,N,D], text_tokens [T,L,D], attention_mask [T,L], image_rows [K] or, with several pictures a text, [sides,K], and
 * text_rows [K] of all pairs of the messages.
 */
export function pairFeeds(messages: readonly PairMessage[], graph: LoadedGraph, context: ModelContext): PairFeeds {
  const [imageInput, textInput] = [graph.input('image_tokens'), graph.input('text_tokens')];
  const imageRows = imageInput.dims[1] as number;
  const [pictures, sentences] = [messages.map(({ images }) => images), messages.map(({ texts }) => texts)];
  const images = tokenTensor('image_tokens', imageInput, pictures, { least: imageRows, most: imageRows }, context);
  const texts = tokenTensor('text_tokens', textInput, sentences, { least: 1, most: context.maxLength }, context);
  const sides = messages[0]!.sides.map((_, side) =>
    joinIndexes(messages.map((message) => ({ indexes: message.sides[side]!, count: message.images.items.length }))),
  );
  const textOf = joinIndexes(
    messages.map((message) => ({ indexes: message.textOf, count: message.texts.items.length })),
  );
  return {
    feeds: {
      image_tokens: images.tensor,
      text_tokens: texts.tensor,
      attention_mask: paddingMask(texts.rows, texts.tensor.dims[1]!),
      image_rows: int64(sides.flat(), sides.length > 1 ? [sides.length, textOf.length] : [textOf.length]),
      text_rows: int64(textOf, [textOf.length]),
    },
    isThere: (k) => texts.rows[textOf[k]!]! > 0 && sides.every((imageOf) => images.rows[imageOf[k]!]! > 0),
  };
}
