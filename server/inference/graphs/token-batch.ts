import { floatsToHalves, halvesToFloats } from '../../../model/precision/float16.js';
import type { TokenKey } from '../../store/token-reader.js';
import type { Tokens } from '../tokens.js';
import type { GraphInput, ModelContext, TensorValue } from './graph-codec.js';

type Numbers = Tokens['tokens'];

/** A picture of which nothing is at hand but what the matcher needs of it whatever the text is, [F]. */
export interface PreparedPicture {
  prepared: Uint16Array;
}

/** A picture or a text: its tokens, where a worker finds them, or what stands for them. */
export type TokenSource = Tokens | TokenKey | PreparedPicture;

/** The tokens of several pictures or texts on their way to a worker. */
export interface TokenMessage {
  /** Those at hand, one after the other, so that a single buffer moves. */
  held: Numbers;
  /** In order: the rows of the next ones of `held`, or those that are not there. */
  items: (number | Exclude<TokenSource, Tokens>)[];
}

const isHeld = (tokens: TokenSource): tokens is Tokens => 'tokens' in tokens;

/** The same numbers in the precision of `like`. */
function inPrecisionOf(like: Numbers, numbers: Numbers): Numbers {
  if (like instanceof Uint16Array) return numbers instanceof Uint16Array ? numbers : floatsToHalves(numbers);
  return numbers instanceof Uint16Array ? halvesToFloats(numbers) : numbers;
}

/** Each tokens once, and which of them every entry of the list is. They are copied, since what moves to the worker is gone here. */
export function packTokens(all: readonly TokenSource[]): { message: TokenMessage; indexes: number[] } {
  const seen = new Map<TokenSource, number>();
  const indexes = all.map((one) => {
    const index = seen.get(one) ?? seen.size;
    seen.set(one, index);
    return index;
  });
  const distinct = [...seen.keys()];
  const length = distinct.reduce((sum, one) => sum + (isHeld(one) ? one.tokens.length : 0), 0);
  const areFloats = distinct.some((one) => isHeld(one) && one.tokens instanceof Float32Array);
  const held = areFloats ? new Float32Array(length) : new Uint16Array(length);
  let end = 0;
  const items = distinct.map((one) => {
    if (!isHeld(one)) return one;
    held.set(inPrecisionOf(held, one.tokens), end);
    end += one.tokens.length;
    return one.rows;
  });
  return { message: { held, items }, indexes };
}

function storedTokens(item: TokenKey | PreparedPicture, { stored }: ModelContext): Uint16Array | undefined {
  return 'prepared' in item ? undefined : stored(item);
}

/** Writes the tokens of all messages one after the other, and answers the rows of each; 0 where the store has none any more. */
function fill(messages: readonly TokenMessage[], width: number, data: Numbers, context: ModelContext): number[] {
  let end = 0;
  return messages.flatMap(({ held, items }) => {
    let start = 0;
    return items.map((item) => {
      const isRows = typeof item === 'number';
      const tokens = isRows ? held.subarray(start, start + item * width) : storedTokens(item, context);
      if (isRows) start += item * width;
      if (!tokens) return 0;
      data.set(inPrecisionOf(data, tokens), end);
      end += tokens.length;
      return tokens.length / width;
    });
  });
}

/** Moves rows that lie close to where each entry has room for `longest` of them, from the last on so that nothing is overwritten. */
function spread(data: Numbers, rows: readonly number[], longest: number, width: number): void {
  let end = rows.reduce((sum, own) => sum + own, 0) * width;
  for (let i = rows.length - 1; i >= 0; i--) {
    const [length, place] = [rows[i]! * width, i * longest * width];
    end -= length;
    if (place !== end) data.copyWithin(place, end, end + length);
    data.fill(0, place + length, place + longest * width);
  }
}

/**
 * The graph input `name` [n,R,D] with the tokens of all messages in the precision that the graph takes, shorter ones filled up with zeros,
 * and the rows of each. R is `least` or the longest of them, which is at most `most`.
 */
export function tokenTensor(
  name: string,
  { type, dims }: GraphInput,
  messages: readonly TokenMessage[],
  { least, most }: { least: number; most: number },
  context: ModelContext,
): { tensor: TensorValue; rows: number[] } {
  const width = dims.at(-1) as number;
  const count = messages.reduce((sum, { items }) => sum + items.length, 0);
  const room = count * most * width;
  const memory = type === 'float16' ? context.halves(name, room) : context.floats(name, room);
  const rows = fill(messages, width, memory, context);
  const longest = Math.max(least, ...rows);
  spread(memory, rows, longest, width);
  const data = memory.subarray(0, count * longest * width);
  const shape = [count, longest, width];
  const tensor: TensorValue =
    data instanceof Uint16Array ? { type: 'float16', data, dims: shape } : { type: 'float32', data, dims: shape };
  return { tensor, rows };
}
