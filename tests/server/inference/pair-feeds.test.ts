// How pairs become the inputs of graphs, without onnxruntime: tokens at hand and in the store, of different lengths.
import { describe, expect, test } from 'vitest';
import { floatsToHalves } from '../../../model/precision/float16.js';
import { entailmentClassifier, nlvr2Classifier } from '../../../server/inference/graphs/classifiers.js';
import type {
  GraphCodec,
  LoadedGraph,
  ModelContext,
  Tensors,
  TensorValue,
} from '../../../server/inference/graphs/graph-codec.js';
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
function contextWith(stored: Record<number, Tokens>): Omit<ModelContext, 'graph'> {
  const view = new Uint16Array(100);
  return {
    maxLength: LONGEST,
    halves: reusedMemory(Uint16Array),
    floats: reusedMemory(Float32Array),
    stored([, , label]: TokenKey) {
      const found = stored[label];
      if (found) view.set(found.tokens);
      return found && view.subarray(0, found.tokens.length);
    },
  } as Partial<ModelContext> as ModelContext;
}

/** What a codec feeds its graph, which takes tokens of this type and answers with `logits`. */
async function feedsOf<Input, Message, Output>(
  codec: GraphCodec<Input, Message, Output>,
  lists: Input[][],
  context: Omit<ModelContext, 'graph'>,
  { type, logits }: { type: string; logits: Tensors },
) {
  const messages = lists.map((inputs) => structuredClone(codec.pack(inputs).message));
  let feeds: Tensors = {};
  const graph: LoadedGraph = {
    input: (name) => ({ type, dims: name === 'image_tokens' ? ['I', ROWS, WIDTH] : ['T', 'L', WIDTH] }),
    async run(given) {
      feeds = given;
      return logits;
    },
  };
  const outputs = await codec.run(messages, { ...context, graph: () => graph });
  return { feeds, outputs };
}

function match(context: Omit<ModelContext, 'graph'>, ...lists: Pair[][]) {
  const pairs = lists.flat().length;
  const data = Float32Array.from({ length: 2 * pairs }, (_, i) => (i % 2 ? i : 0));
  const logits: Tensors = { itm_logits: { type: 'float32', data, dims: [pairs, 2] } };
  return feedsOf(matcher, lists, context, { type: 'float16', logits });
}

const numbers = (tensor: TensorValue | undefined) => Array.from(tensor!.data as ArrayLike<number | bigint>, Number);

describe('the matcher', () => {
  test('takes each picture and each text once, and names those of every pair', async () => {
    const [one, two, text] = [image(10), image(20), tokens(2, 50)];
    const { feeds, outputs } = await match(contextWith({}), [
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

  test('reads tokens in the store, and fills shorter texts up with padding', async () => {
    const query = image(10);
    const stored = { 4: tokens(1, 40), 5: tokens(4, 50), 6: tokens(2, 60) };
    const { feeds } = await match(
      contextWith(stored),
      [4, 5, 6].map((label) => ({ image: query, text: key(label) })),
    );
    expect(feeds.text_tokens!.dims).toEqual([3, 4, WIDTH]);
    expect(numbers(feeds.text_tokens)).toEqual([
      40, 41, 0, 0, 0, 0, 0, 0, 50, 51, 52, 53, 54, 55, 56, 57, 60, 61, 62, 63, 0, 0, 0, 0,
    ]);
    expect(numbers(feeds.attention_mask)).toEqual([1, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0]);
  });

  test('puts several messages into one run, and forgets what the run before left', async () => {
    const context = contextWith({ 1: image(10), 2: image(20), 3: image(30) });
    await match(context, [{ image: image(90), text: tokens(LONGEST, 70) }]);
    const [short, long] = [tokens(1, 40), tokens(3, 50)];
    const { feeds, outputs } = await match(
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

  test('gives no score where the store has the tokens no more, and the right one to the others', async () => {
    const stored = { 1: image(10), 3: image(30) };
    const text = tokens(2, 50);
    const { feeds, outputs } = await match(
      contextWith(stored),
      [1, 2, 3].map((label) => ({ image: key(label), text })),
    );
    expect(numbers(feeds.image_tokens)).toEqual([...stored[1].tokens, 0, 0, 0, 0, 0, 0, ...stored[3].tokens]);
    expect(outputs).toEqual([[1, null, 5]]);
    const texts = await match(contextWith({}), [{ image: image(1), text: key(9) }]);
    expect(texts.outputs).toEqual([[null]]);
    expect(texts.feeds.text_tokens!.dims).toEqual([1, 1, WIDTH]);
  });
});

describe('graphs that take float32', () => {
  const floats = (rows: number, first: number): Tokens => {
    return { rows, tokens: Float32Array.from({ length: rows * WIDTH }, (_, i) => first + i / 8) };
  };
  const logitsOf = (...rows: number[][]): Tensors => ({
    logits: { type: 'float32', data: Float32Array.from(rows.flat()), dims: [rows.length, rows[0]!.length] },
  });

  test('get the tokens as they are, and float16 ones exactly', async () => {
    const [image, text] = [floats(ROWS, 0.5), floats(2, 7)];
    const halves = { rows: 1, tokens: floatsToHalves(Float32Array.of(0.25, -3)) };
    const lists = [[{ images: [image], text }], [{ images: [image], text: halves }]];
    const logits = logitsOf([0, 0, Math.log(2)], [1, 1, 1]);
    const { feeds, outputs } = await feedsOf(entailmentClassifier, lists, contextWith({}), { type: 'float32', logits });
    expect(feeds.image_tokens).toMatchObject({ type: 'float32', dims: [2, ROWS, WIDTH] });
    expect(numbers(feeds.image_tokens)).toEqual([...image.tokens, ...image.tokens]);
    expect(numbers(feeds.text_tokens)).toEqual([...text.tokens, 0.25, -3, 0, 0]);
    expect(outputs.map(([first]) => Array.from(first!, (p) => Number(p.toFixed(4))))).toEqual([
      [0.25, 0.25, 0.5],
      [0.3333, 0.3333, 0.3333],
    ]);
  });

  test('and two pictures take all left ones first, then all right ones', async () => {
    const [a, b, c, text] = [floats(ROWS, 1), floats(ROWS, 2), floats(ROWS, 3), floats(1, 9)];
    const lists = [
      [
        { images: [a, b], text },
        { images: [b, a], text },
      ],
      [{ images: [c, c], text }],
    ];
    const logits = logitsOf([0, 0], [0, 0], [0, 0]);
    const { feeds } = await feedsOf(nlvr2Classifier, lists, contextWith({}), { type: 'float32', logits });
    expect(feeds.image_tokens!.dims).toEqual([3, ROWS, WIDTH]);
    expect(feeds.image_rows!.dims).toEqual([2, 3]);
    expect(numbers(feeds.image_rows)).toEqual([0, 1, 2, 1, 0, 2]);
    expect(numbers(feeds.text_rows)).toEqual([0, 0, 1]);
  });
});
