// How pairs become the inputs of the matcher's graph, without onnxruntime: tokens at hand and in the store, of different lengths.
import { describe, expect, test } from 'vitest';
import type { GraphContext, TensorValue } from '../../../server/inference/graphs/graph-codec.js';
import { matcher, type Pair } from '../../../server/inference/graphs/matcher.js';
import { reusedMemory } from '../../../server/inference/reused-memory.js';
import type { Tokens } from '../../../server/inference/tokens.js';
import type { TokenKey } from '../../../server/store/token-reader.js';

const [ROWS, WIDTH, LONGEST] = [3, 2, 6];

/** Tokens whose numbers count up from `first`. */
const tokens = (rows: number, first: number): Tokens => ({
  rows,
  tokens: Uint16Array.from({ length: rows * WIDTH }, (_, i) => first + i),
});
const image = (first: number) => tokens(ROWS, first);
const key = (label: number): TokenKey => [1, 0, label];

/** Every read goes into the same memory, as it does with the store. */
function contextWith(stored: Record<number, Tokens>): GraphContext {
  const view = new Uint16Array(100);
  const dims: Record<string, (number | string)[]> = {
    image_tokens: ['I', ROWS, WIDTH],
    text_tokens: ['T', 'L', WIDTH],
  };
  return {
    maxLength: LONGEST,
    halves: reusedMemory(Uint16Array),
    dimsOf: (input: string) => dims[input]!,
    stored([, , label]: TokenKey) {
      const found = stored[label];
      if (found) view.set(found.tokens);
      return found && view.subarray(0, found.tokens.length);
    },
  } as Partial<GraphContext> as GraphContext;
}

function begin(context: GraphContext, ...lists: Pair[][]) {
  const messages = lists.map((pairs) => structuredClone(matcher.pack(pairs).message));
  const { feeds, read } = matcher.begin(messages, context);
  const pairs = lists.flat().length;
  const logits = Float32Array.from({ length: 2 * pairs }, (_, i) => (i % 2 ? i : 0));
  const outputs = read({ itm_logits: { type: 'float32', data: logits, dims: [pairs, 2] } });
  return { feeds, outputs };
}

const numbers = (tensor: TensorValue | undefined) => Array.from(tensor!.data as ArrayLike<number | bigint>, Number);

describe('the matcher', () => {
  test('takes each picture and each text once, and names those of every pair', () => {
    const [one, two, text] = [image(10), image(20), tokens(2, 50)];
    const { feeds, outputs } = begin(contextWith({}), [
      { image: one, text },
      { image: two, text },
      { image: one, text },
    ]);
    expect(feeds.image_tokens).toMatchObject({ type: 'float16', dims: [2, ROWS, WIDTH] });
    expect(numbers(feeds.image_tokens)).toEqual([...one.tokens, ...two.tokens]);
    expect(numbers(feeds.text_tokens)).toEqual([...text.tokens]);
    expect([numbers(feeds.image_rows), numbers(feeds.text_rows)]).toEqual([
      [0, 1, 0],
      [0, 0, 0],
    ]);
    expect(outputs).toEqual([[1, 3, 5]]);
  });

  test('reads tokens in the store, and fills shorter texts up with padding', () => {
    const query = image(10);
    const stored = { 4: tokens(1, 40), 5: tokens(4, 50), 6: tokens(2, 60) };
    const { feeds } = begin(
      contextWith(stored),
      [4, 5, 6].map((label) => ({ image: query, text: key(label) })),
    );
    expect(feeds.text_tokens!.dims).toEqual([3, 4, WIDTH]);
    expect(numbers(feeds.text_tokens)).toEqual([
      40, 41, 0, 0, 0, 0, 0, 0, 50, 51, 52, 53, 54, 55, 56, 57, 60, 61, 62, 63, 0, 0, 0, 0,
    ]);
    expect(numbers(feeds.attention_mask)).toEqual([1, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0]);
  });

  test('puts several messages into one run, and forgets what the run before left', () => {
    const context = contextWith({ 1: image(10), 2: image(20), 3: image(30) });
    begin(context, [{ image: image(90), text: tokens(LONGEST, 70) }]);
    const [short, long] = [tokens(1, 40), tokens(3, 50)];
    const { feeds, outputs } = begin(
      context,
      [
        { image: key(1), text: short },
        { image: key(2), text: short },
      ],
      [{ image: key(3), text: long }],
    );
    expect(numbers(feeds.image_tokens)).toEqual([1, 2, 3].flatMap((n) => [...image(10 * n).tokens]));
    expect(numbers(feeds.text_tokens)).toEqual([40, 41, 0, 0, 0, 0, ...long.tokens]);
    expect([numbers(feeds.image_rows), numbers(feeds.text_rows)]).toEqual([
      [0, 1, 2],
      [0, 0, 1],
    ]);
    expect(outputs).toEqual([[1, 3], [5]]);
  });

  test('gives no score where the store has the tokens no more, and the right one to the others', () => {
    const stored = { 1: image(10), 3: image(30) };
    const text = tokens(2, 50);
    const { feeds, outputs } = begin(
      contextWith(stored),
      [1, 2, 3].map((label) => ({ image: key(label), text })),
    );
    expect(numbers(feeds.image_tokens)).toEqual([...stored[1].tokens, 0, 0, 0, 0, 0, 0, ...stored[3].tokens]);
    expect(outputs).toEqual([[1, null, 5]]);
    const texts = begin(contextWith({}), [{ image: image(1), text: key(9) }]);
    expect(texts.outputs).toEqual([[null]]);
    expect(texts.feeds.text_tokens!.dims).toEqual([1, 1, WIDTH]);
  });
});
