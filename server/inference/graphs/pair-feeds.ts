import type { TokenKey } from '../../store/token-reader.js';
import type { Tokens } from '../tokens.js';
import type { LoadedGraph, ModelContext, Packed, Tensors, TensorValue } from './graph-codec.js';
import { packTokens, type TokenMessage, type TokenSource, tokenTensor } from './token-batch.js';

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
export function packPairs(
  pairs: readonly { images: readonly TokenSource[]; text: TextAndPictures['text'] }[],
): Packed<PairMessage> {
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

/** Messages that share a run. */
export interface JoinedPairs {
  pictures: TokenMessage[];
  sentences: TokenMessage[];
  /** Indexes into the pictures of all messages, as in {@link PairMessage}. */
  sides: number[][];
  /** Indexes into the texts of all messages. */
  textOf: number[];
}

export function joinPairs(messages: readonly PairMessage[]): JoinedPairs {
  return {
    pictures: messages.map(({ images }) => images),
    sentences: messages.map(({ texts }) => texts),
    sides: messages[0]!.sides.map((_, side) =>
      joinIndexes(messages.map((message) => ({ indexes: message.sides[side]!, count: message.images.items.length }))),
    ),
    textOf: joinIndexes(messages.map((message) => ({ indexes: message.textOf, count: message.texts.items.length }))),
  };
}

/** Inputs of a graph, and the rows of each picture or text in them; 0 where the store has none any more. */
interface SideFeeds {
  feeds: Tensors;
  rows: number[];
}

/** image_tokens [I,N,D]. */
export function imageFeeds(pictures: readonly TokenMessage[], graph: LoadedGraph, context: ModelContext): SideFeeds {
  const input = graph.input('image_tokens');
  const count = input.dims[1] as number;
  const { tensor, rows } = tokenTensor('image_tokens', input, pictures, { least: count, most: count }, context);
  return { feeds: { image_tokens: tensor }, rows };
}

/** text_tokens [T,L,D], attention_mask [T,L]. */
export function textFeeds(sentences: readonly TokenMessage[], graph: LoadedGraph, context: ModelContext): SideFeeds {
  const input = graph.input('text_tokens');
  const { tensor, rows } = tokenTensor('text_tokens', input, sentences, { least: 1, most: context.maxLength }, context);
  return { feeds: { text_tokens: tensor, attention_mask: paddingMask(rows, tensor.dims[1]!) }, rows };
}

/** image_rows [K] or, with several pictures a text, [sides,K], and text_rows [K]. */
export const rowFeeds = (sides: readonly (readonly number[])[], textOf: readonly number[]): Tensors => ({
  image_rows: int64(sides.flat(), sides.length > 1 ? [sides.length, textOf.length] : [textOf.length]),
  text_rows: int64(textOf, [textOf.length]),
});

/** Everything that a graph takes which reads pictures with texts: the pairs of all messages. */
export function pairFeeds(messages: readonly PairMessage[], graph: LoadedGraph, context: ModelContext): Tensors {
  const { pictures, sentences, sides, textOf } = joinPairs(messages);
  const images = imageFeeds(pictures, graph, context);
  const texts = textFeeds(sentences, graph, context);
  return { ...images.feeds, ...texts.feeds, ...rowFeeds(sides, textOf) };
}
