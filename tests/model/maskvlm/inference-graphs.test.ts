// What is trained is what is served: the exported graphs against the training graph, on the same parameters and batch.
import { describe, expect, test } from 'vitest';
import { resolveModelConfig } from '../../../model/maskvlm/config.js';
import {
  constantParameters,
  type GraphRole,
  inferenceGraph,
  type TokenDtype,
} from '../../../model/maskvlm/inference-graphs.js';
import type { HostTensor } from '../../../model/onnx/session.js';
import { floatsToHalves } from '../../../model/precision/float16.js';
import { pretraining } from '../../../training/objectives/pretraining.js';
import { parameterMap } from '../../../training/run/parameter-map.js';
import { viewOf } from '../../../training/step/flat-parameters.js';
import { gradientGraph } from '../../../training/step/training-graph.js';
import { float32, int64, numbersOf, runGraph } from '../../fixtures/run-graph.js';
import { feedsOf, layoutOf, SETTINGS, SMALL, smallBatch, trainedParameters } from '../../fixtures/small-pretraining.js';

const B = SETTINGS.batch;

/** The rows of a tensor that a list names, one after the other. */
function gatherRows(tensor: HostTensor, rows: number[]): HostTensor {
  const [count, ...rest] = tensor.shape as number[];
  const size = numbersOf(tensor).length / count!;
  const values = rows.flatMap((row) => numbersOf(tensor).slice(row * size, (row + 1) * size));
  return (tensor.dtype === 'int64' ? int64 : float32)([rows.length, ...rest], values);
}

/** A tensor as it is stored. */
const halved = ({ shape, data }: HostTensor): HostTensor => ({
  dtype: 'float16',
  shape,
  data: floatsToHalves(data as Float32Array),
});

/** Of a match, from the two logits of each pair. */
function probabilities(logits: HostTensor | undefined): number[] {
  const values = numbersOf(logits);
  return Array.from({ length: values.length / 2 }, (_, k) => 1 / (1 + Math.exp(values[2 * k]! - values[2 * k + 1]!)));
}

describe.each([1, 2])('with %i cross-modality blocks', (crossDepth) => {
  const config = resolveModelConfig({ ...SMALL, crossDepth });
  const layout = layoutOf(config);
  const parameters = trainedParameters(layout);
  const batch = smallBatch(config, SETTINGS);
  const infer = (role: GraphRole, feeds: Record<string, HostTensor>, tokens: TokenDtype = 'float32') =>
    runGraph(
      inferenceGraph(role, config, constantParameters(parameterMap(parameters, layout)), 'pretrain', tokens),
      feeds,
    );
  const train = () => {
    const graph = gradientGraph(layout, (root) => pretraining(root, config, SETTINGS));
    return runGraph(graph, feedsOf(graph, { ...batch, parameters: float32([layout.size], parameters) }));
  };

  test('similarities and match logits are those of training, and probabilities nearly so with stored tokens', async () => {
    const trained = await train();
    const image = await infer('image_encoder', { pixel_values: batch.pixel_values });
    const { input_ids, attention_mask } = batch;
    const text = await infer('text_encoder', { input_ids, attention_mask });
    const [z, w] = [numbersOf(image.image_embedding), numbersOf(text.text_embedding)];
    const E = config.embedding;
    const cosine = (i: number, j: number) =>
      Array.from({ length: E }, (_, e) => z[i * E + e]! * w[j * E + e]!).reduce((sum, x) => sum + x, 0);
    const temperature = viewOf(parameters, layout.parameters.find(({ name }) => name === 'temperature')!)[0]!;
    for (const [at, value] of numbersOf(trained.similarity).entries())
      expect(value).toBeCloseTo(cosine(Math.floor(at / B), at % B) / temperature, 4);

    const own = [0, 1, 2];
    const images = [...own, ...numbersOf(batch.negative_image), ...own];
    const texts = [...own, ...own, ...numbersOf(batch.negative_text)];
    expect(trained.itm_logits!.shape).toEqual([3 * B, 2]);
    const expectTrained = (logits: HostTensor | undefined) => {
      for (const [i, logit] of numbersOf(logits).entries())
        expect(logit).toBeCloseTo(numbersOf(trained.itm_logits)[i]!, 4);
    };
    const { image_tokens } = image;
    const { text_tokens } = text;
    const rows = { attention_mask, image_rows: int64([3 * B], images), text_rows: int64([3 * B], texts) };
    const named = await infer('matcher', { image_tokens: image_tokens!, text_tokens: text_tokens!, ...rows });
    expectTrained(named.itm_logits);
    const stored = await infer(
      'matcher',
      { image_tokens: halved(image_tokens!), text_tokens: halved(text_tokens!), ...rows },
      'float16',
    );
    const wanted = probabilities(named.itm_logits);
    for (const [k, probability] of probabilities(stored.itm_logits).entries())
      expect(Math.abs(probability - wanted[k]!)).toBeLessThan(2e-3);
    const inOrder = int64(
      [3 * B],
      images.map((_, k) => k),
    );
    const repeated = await infer('matcher', {
      image_tokens: gatherRows(image_tokens!, images),
      text_tokens: gatherRows(text_tokens!, texts),
      attention_mask: gatherRows(attention_mask, texts),
      image_rows: inOrder,
      text_rows: inOrder,
    });
    expectTrained(repeated.itm_logits);
  });

  test('match logits do not depend on padding', async () => {
    const image_tokens = float32([1, 10, config.width], numbersOf(batch.pixel_values).slice(0, 10 * config.width));
    const tokens = numbersOf(batch.pixel_values).slice(100, 100 + 6 * config.width);
    const rows = { image_rows: int64([1], [0]), text_rows: int64([1], [0]) };
    const short = await infer('matcher', {
      image_tokens,
      text_tokens: float32([1, 4, config.width], tokens.slice(0, 4 * config.width)),
      attention_mask: int64([1, 4], [1, 1, 1, 1]),
      ...rows,
    });
    const padded = await infer('matcher', {
      image_tokens,
      text_tokens: float32([1, 6, config.width], tokens),
      attention_mask: int64([1, 6], [1, 1, 1, 1, 0, 0]),
      ...rows,
    });
    for (const [i, logit] of numbersOf(padded.itm_logits).entries())
      expect(logit).toBeCloseTo(numbersOf(short.itm_logits)[i]!, 5);
  });
});

describe('the parameters of an inference graph', () => {
  const layout = layoutOf(SMALL);
  const source = (change: (map: Map<string, { shape: readonly number[]; data: Float32Array }>) => void) => {
    const map = parameterMap(trainedParameters(layout), layout);
    change(map);
    return constantParameters(map);
  };

  test('must all be there', () => {
    const lacking = source((map) => map.delete('itm_head.bias'));
    expect(() => inferenceGraph('matcher', SMALL, lacking)).toThrow(
      'itm_head.bias: expected a tensor of shape [2], got none',
    );
  });

  test('must have the shapes of the model', () => {
    const turned = source((map) => map.set('itm_head.weight', { shape: [16, 2], data: new Float32Array(32) }));
    expect(() => inferenceGraph('matcher', SMALL, turned)).toThrow(
      'itm_head.weight: expected shape [2,16], got [16,2]',
    );
  });

  test('are no more than the role needs', () => {
    const names = inferenceGraph(
      'image_encoder',
      SMALL,
      source(() => undefined),
    ).constants.map(({ name }) => name);
    const others = names.filter(
      (name) => name.includes('.') && !/^(image_encoder|image_projection|constant\/)/.test(name),
    );
    expect(others).toEqual([]);
  });
});
