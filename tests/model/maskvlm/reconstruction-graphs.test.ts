// What restores is what was trained: the exported graphs against the losses of the training graph, on the same parameters and batch.
import { describe, expect, test } from 'vitest';
import { gridOf, resolveModelConfig } from '../../../model/maskvlm/config.js';
import { constantParameters, inferenceGraph } from '../../../model/maskvlm/inference-graphs.js';
import { maskPixels } from '../../../model/maskvlm/patch-pixels.js';
import { type ReconstructionRole, reconstructionGraph } from '../../../model/maskvlm/reconstruction-graphs.js';
import type { HostTensor } from '../../../model/onnx/session.js';
import type { writeOnnx } from '../../../model/onnx/write-onnx.js';
import { pretraining } from '../../../training/objectives/pretraining.js';
import { parameterMap } from '../../../training/run/parameter-map.js';
import { float32, int64, largestDifference, numbersOf, runGraph } from '../../fixtures/run-graph.js';
import {
  feedsOf,
  layoutOf,
  lossGraph,
  SETTINGS,
  SMALL,
  smallBatch,
  trainedParameters,
} from '../../fixtures/small-pretraining.js';

const B = SETTINGS.batch;

/** Pictures [B,3,S,S] with the patches of the mask [B,N-1] marked. */
function masked(pixels: HostTensor, mask: HostTensor, patch: number): HostTensor {
  const [size, patches] = [pixels.data.length / B, mask.data.length / B];
  const rows = Array.from({ length: B }, (_, b) => {
    const own = (pixels.data as Float32Array).slice(b * size, (b + 1) * size);
    return [...maskPixels(own, numbersOf(mask).slice(b * patches, (b + 1) * patches), patch)];
  });
  return float32(pixels.shape, rows.flat());
}

/** Mean of `values` over the rows that `mask` has a 1 for. */
const meanOf = (values: number[], mask: number[]) =>
  values.reduce((sum, value, i) => sum + value * mask[i]!, 0) / mask.reduce((sum, flag) => sum + flag, 0);

describe.each([1, 2])('with %i cross-modality blocks', (crossDepth) => {
  const config = resolveModelConfig({ ...SMALL, crossDepth });
  const layout = layoutOf(config);
  const parameters = trainedParameters(layout);
  const source = constantParameters(parameterMap(parameters, layout));
  const batch = smallBatch(config, SETTINGS);
  const { patch } = config.image;
  const { input_ids, attention_mask, pixel_values, image_mask, text_mask } = batch;
  const restore = (role: ReconstructionRole, feeds: Record<string, HostTensor>) =>
    runGraph(reconstructionGraph(role, config, source), feeds);
  const tokensOf = async (ids: HostTensor) =>
    (await runGraph(inferenceGraph('text_encoder', config, source), { input_ids: ids, attention_mask })).text_tokens!;
  const trained = () => {
    const graph = lossGraph(layout, (root) => pretraining(root, config, SETTINGS));
    return runGraph(graph, feedsOf(graph, { ...batch, parameters: float32([layout.size], parameters) }));
  };

  test('restored words have the loss of training', async () => {
    const { image_tokens } = await restore('image_encoder', { pixel_values });
    const ids = numbersOf(input_ids).map((id, i) => (numbersOf(text_mask)[i] ? SETTINGS.maskId : id));
    const text_tokens = await tokensOf(int64(input_ids.shape, ids));
    const feeds = { image_tokens: image_tokens!, text_tokens, attention_mask };
    const { token_logits } = await restore('text_reconstructor', feeds);
    const V = config.text.vocabularySize;
    expect(token_logits!.shape).toEqual([B, SETTINGS.length, V]);
    const losses = numbersOf(input_ids).map((id, i) => {
      const logits = numbersOf(token_logits).slice(i * V, (i + 1) * V);
      return Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0)) - logits[id]!;
    });
    expect(meanOf(losses, numbersOf(text_mask))).toBeCloseTo(numbersOf((await trained())['loss.mlm'])[0]!, 4);
  });

  test('restored patches have the loss of training', async () => {
    const { image_tokens } = await restore('image_encoder', { pixel_values: masked(pixel_values, image_mask, patch) });
    const feeds = { image_tokens: image_tokens!, text_tokens: await tokensOf(input_ids), attention_mask };
    const { patches } = await restore('image_reconstructor', feeds);
    const [grid, values] = [gridOf(config), 3 * patch * patch];
    expect(patches!.shape).toEqual([B, grid * grid, values]);
    const predicted = numbersOf(patches);
    const losses = Array.from({ length: B * grid * grid }, (_, at) => {
      const [b, top, left] = [Math.floor(at / grid ** 2), Math.floor((at % grid ** 2) / grid), at % grid];
      const distances = Array.from({ length: values }, (_v, i) => {
        const [channel, y, x] = [Math.floor(i / patch ** 2), Math.floor(i / patch) % patch, i % patch];
        const row = (b * 3 + channel) * grid * patch + top * patch + y;
        return Math.abs(numbersOf(pixel_values)[row * grid * patch + left * patch + x]! - predicted[at * values + i]!);
      });
      return distances.reduce((sum, distance) => sum + distance, 0) / values;
    });
    expect(meanOf(losses, numbersOf(image_mask))).toBeCloseTo(numbersOf((await trained())['loss.mim'])[0]!, 4);
  });
});

describe('the image encoder that knows the mask token', () => {
  const layout = layoutOf(SMALL);
  const tensors = parameterMap(trainedParameters(layout), layout);
  const source = constantParameters(tensors);
  const { pixel_values, image_mask } = smallBatch(SMALL, SETTINGS);
  const encode = (pixels: HostTensor) =>
    runGraph(reconstructionGraph('image_encoder', SMALL, source), { pixel_values: pixels });

  test('encodes whole pictures as the usual one does', async () => {
    const own = await encode(pixel_values);
    const usual = await runGraph(inferenceGraph('image_encoder', SMALL, source), { pixel_values });
    for (const output of ['image_tokens', 'image_embedding'])
      expect(largestDifference(own[output], usual[output])).toBeLessThan(1e-6);
  });

  test('does not see what is under a mask', async () => {
    const other = float32(
      pixel_values.shape,
      numbersOf(pixel_values).map((value) => value + 1),
    );
    const all = float32(
      image_mask.shape,
      numbersOf(image_mask).map(() => 1),
    );
    const [one, two] = [masked(pixel_values, all, SMALL.image.patch), masked(other, all, SMALL.image.patch)];
    expect(largestDifference((await encode(one)).image_tokens, (await encode(two)).image_tokens)).toBe(0);
    expect(largestDifference((await encode(one)).image_tokens, (await encode(other)).image_tokens)).toBeGreaterThan(
      0.1,
    );
  });

  test('costs the mask token and no other parameter', () => {
    const bytes = (graph: Parameters<typeof writeOnnx>[0]) =>
      graph.constants.filter(({ name }) => name.includes('.') && !name.startsWith('constant/')).map(({ name }) => name);
    const usual = bytes(inferenceGraph('image_encoder', SMALL, source));
    const own = bytes(reconstructionGraph('image_encoder', SMALL, source));
    expect(own.filter((name) => !usual.includes(name))).toEqual(['image_encoder.mask_token']);
  });

  test('names a parameter that is missing', () => {
    const lacking = constantParameters(new Map([...tensors].filter(([name]) => name !== 'token_classifier.weight')));
    expect(() => reconstructionGraph('text_reconstructor', SMALL, lacking)).toThrow(
      'token_classifier.weight: expected a tensor of shape [30,16], got none',
    );
  });
});
