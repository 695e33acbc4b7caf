// The graphs of fine-tuned models against the training graphs of their tasks, on the same parameters and batch.
import { describe, expect, test } from 'vitest';
import { causalMask } from '../../../model/maskvlm/answer-decoder.js';
import { constantParameters, type GraphRole, inferenceGraph } from '../../../model/maskvlm/inference-graphs.js';
import type { ModelTask } from '../../../model/maskvlm/parameters.js';
import type { HostTensor } from '../../../model/onnx/session.js';
import { entailment } from '../../../training/objectives/entailment.js';
import type { BuildForward } from '../../../training/objectives/forward.js';
import { picturePairs } from '../../../training/objectives/picture-pairs.js';
import { questionAnswering } from '../../../training/objectives/question-answering.js';
import { parameterMap } from '../../../training/run/parameter-map.js';
import { float32, int64, numbersOf, runGraph } from '../../fixtures/run-graph.js';
import {
  feedsOf,
  layoutOf,
  lossGraph,
  SETTINGS,
  SMALL,
  smallBatch,
  trainedParameters,
} from '../../fixtures/small-pretraining.js';

const { batch: B, length } = SETTINGS;
const batch = smallBatch(SMALL, SETTINGS);
const { input_ids, attention_mask, pixel_values } = batch;

/** A model of a task with its parameters: its graphs, and the forward pass of its training. */
function modelOf(task: ModelTask) {
  const layout = layoutOf(SMALL, task);
  const parameters = trainedParameters(layout);
  const source = constantParameters(parameterMap(parameters, layout));
  const infer = (role: GraphRole, feeds: Record<string, HostTensor>) =>
    runGraph(inferenceGraph(role, SMALL, source, task), feeds);
  return {
    infer,
    async encode(pixels: HostTensor) {
      const { image_tokens } = await infer('image_encoder', { pixel_values: pixels });
      const { text_tokens } = await infer('text_encoder', { input_ids, attention_mask });
      return { image_tokens: image_tokens!, text_tokens: text_tokens!, attention_mask };
    },
    train(build: BuildForward, inputs: Record<string, HostTensor>) {
      const graph = lossGraph(layout, build);
      return runGraph(graph, feedsOf(graph, { ...batch, ...inputs, parameters: float32([layout.size], parameters) }));
    },
  };
}

function expectClose(actual: HostTensor | undefined, wanted: readonly number[]): void {
  expect(numbersOf(actual)).toHaveLength(wanted.length);
  for (const [i, value] of numbersOf(actual).entries()) expect(value).toBeCloseTo(wanted[i]!, 4);
}

test('visual entailment: logits are those of training', async () => {
  const model = modelOf('ve');
  const trained = await model.train((root) => entailment(root, SMALL, { batch: B, textsPerPicture: 1, length }), {
    labels: int64([B], [0, 1, 2]),
  });
  const rows = int64([B], [0, 1, 2]);
  const encoded = await model.encode(pixel_values);
  const { logits } = await model.infer('ve_classifier', { ...encoded, image_rows: rows, text_rows: rows });
  expect(logits!.shape).toEqual([B, 3]);
  expectClose(logits, numbersOf(trained.logits));
});

test('NLVR2: logits are those of training, and depend on which picture is left', async () => {
  const model = modelOf('nlvr2');
  const left = numbersOf(pixel_values);
  const pixels = float32([2 * B, 3, 12, 12], [...left, ...[...left].reverse()]);
  const trained = await model.train((root) => picturePairs(root, SMALL, { batch: B, textsPerPicture: 1, length }), {
    pixel_values: pixels,
    labels: int64([B], [0, 1, 0]),
  });
  const encoded = await model.encode(pixels);
  const infer = (rows: number[]) =>
    model.infer('nlvr2_classifier', {
      ...encoded,
      image_rows: int64([2, B], rows),
      text_rows: int64([B], [0, 1, 2]),
    });
  const { logits } = await infer([0, 2, 4, 1, 3, 5]);
  expectClose(logits, numbersOf(trained.logits));
  const swapped = numbersOf((await infer([1, 3, 5, 0, 2, 4])).logits);
  expect(Math.abs(swapped[0]! - numbersOf(logits)[0]!)).toBeGreaterThan(1e-3);
});

describe('VQA', () => {
  const model = modelOf('vqa');
  const { heads, width, crossDepth } = SMALL;
  const answers = [
    [0, 7, 8, 9],
    [0, 5, 5, 6],
    [0, 9, 7, 5],
  ];
  const empty = float32([crossDepth, B, heads, 0, width / heads], []);
  const ids = (rows: number[][]) => int64([rows.length, rows[0]!.length], rows.flat());
  const positions = (from: number, count: number) =>
    int64(
      [count],
      Array.from({ length: count }, (_, i) => from + i),
    );

  async function question() {
    const rows = int64([B], [0, 1, 2]);
    const encoded = await model.encode(pixel_values);
    const context = await model.infer('question_encoder', { ...encoded, image_rows: rows, text_rows: rows });
    return {
      context_keys: context.context_keys!,
      context_values: context.context_values!,
      context_mask: context.context_mask!,
    };
  }
  const whole = async () =>
    model.infer('answer_decoder', {
      ...(await question()),
      input_ids: ids(answers),
      positions: positions(0, 4),
      self_mask: float32([4, 4], [...causalMask(4)]),
      context_rows: int64([B], [0, 1, 2]),
      past_keys: empty,
      past_values: empty,
      past_rows: int64([B], [0, 1, 2]),
    });

  test('log probabilities of whole answers are those of training', async () => {
    const trained = await model.train(
      (root) => questionAnswering(root, SMALL, { batch: B, textsPerPicture: 1, length, answers: 1, answerLength: 4 }),
      { answer_ids: ids(answers), answer_targets: ids(answers), answer_weights: float32([B, 4], Array(12).fill(1)) },
    );
    const V = SMALL.text.vocabularySize;
    const logits = numbersOf(trained.logits);
    const wanted = logits.map((logit, i) => {
      const row = logits.slice(i - (i % V), i - (i % V) + V);
      return logit - Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0));
    });
    expectClose((await whole()).log_probabilities, wanted);
  });

  test('the loss is the weighted sum over the tokens of all answers, by questions', async () => {
    const log = numbersOf((await whole()).log_probabilities);
    const V = SMALL.text.vocabularySize;
    const targets = [
      [7, 8, 9, 2],
      [5, 5, 6, 2],
      [9, 7, 5, 2],
    ].flat();
    const weights = [1, 1, 1, 1, 0.3, 0.3, 0.3, 0, 0, 0, 0, 0];
    const { 'loss.vqa': loss } = await model.train(
      (root) => questionAnswering(root, SMALL, { batch: B, textsPerPicture: 1, length, answers: 1, answerLength: 4 }),
      {
        answer_ids: ids(answers),
        answer_targets: int64([B, 4], targets),
        answer_weights: float32([B, 4], weights),
      },
    );
    const wanted = targets.reduce((sum, target, i) => sum - weights[i]! * log[i * V + target]!, 0) / B;
    expect(numbersOf(loss)[0]).toBeCloseTo(wanted, 4);
  });

  test('token by token through the cache gives what the whole answer gives, also when answers change places', async () => {
    const log = numbersOf((await whole()).log_probabilities);
    const context = await question();
    const V = SMALL.text.vocabularySize;
    let past: Record<string, HostTensor> = { past_keys: empty, past_values: empty };
    // Answers are decoded in an order that turns at every step: rows of the past and of the context must follow.
    const orders = [
      [0, 1, 2],
      [2, 0, 1],
      [1, 1, 0],
      [2, 0, 0],
    ];
    let of = [0, 1, 2];
    for (const [t, order] of orders.entries()) {
      of = order.map((row) => of[row]!);
      const out = await model.infer('answer_decoder', {
        ...context,
        ...past,
        input_ids: ids(of.map((answer) => [answers[answer]![t]!])),
        positions: positions(t, 1),
        self_mask: float32([1, t + 1], [...causalMask(1, t)]),
        context_rows: int64([B], of),
        past_rows: int64([B], order),
      });
      const wanted = of.flatMap((answer) => log.slice((answer * 4 + t) * V, (answer * 4 + t + 1) * V));
      expectClose(out.log_probabilities, wanted);
      expect(out.present_keys!.shape).toEqual([crossDepth, B, heads, t + 1, width / heads]);
      past = { past_keys: out.present_keys!, past_values: out.present_values! };
    }
  });

  test('a later token changes nothing before it', async () => {
    const log = numbersOf((await whole()).log_probabilities);
    const changed = answers.map((answer) => [...answer.slice(0, 3), 11]);
    const out = await model.infer('answer_decoder', {
      ...(await question()),
      input_ids: ids(changed),
      positions: positions(0, 4),
      self_mask: float32([4, 4], [...causalMask(4)]),
      context_rows: int64([B], [0, 1, 2]),
      past_keys: empty,
      past_values: empty,
      past_rows: int64([B], [0, 1, 2]),
    });
    const V = SMALL.text.vocabularySize;
    const other = numbersOf(out.log_probabilities);
    for (const row of [0, 1, 2]) {
      const [from, last] = [row * 4 * V, (row * 4 + 3) * V];
      for (let i = from; i < last; i++) expect(other[i]).toBeCloseTo(log[i]!, 5);
      expect(other.slice(last, last + V)).not.toEqual(log.slice(last, last + V));
    }
  });
});

test('only models with embeddings put them out', () => {
  const outputs = (task: ModelTask) => {
    const layout = layoutOf(SMALL, task);
    const source = constantParameters(parameterMap(trainedParameters(layout), layout));
    return inferenceGraph('image_encoder', SMALL, source, task).outputs.map(({ name }) => name);
  };
  expect(outputs('retrieval')).toEqual(['image_tokens', 'image_embedding']);
  expect(outputs('vqa')).toEqual(['image_tokens']);
});
