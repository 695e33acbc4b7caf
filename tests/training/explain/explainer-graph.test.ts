// Grad-CAM against an independent calculation: the gradient of every attention weight by central differences of the match score.
import { describe, expect, test } from 'vitest';
import { Graph } from '../../../model/graph/graph.js';
import { add } from '../../../model/graph/ops.js';
import type { Value } from '../../../model/graph/value.js';
import { Scope } from '../../../model/layers/scope.js';
import { imageTokenCount, type ModelConfig, resolveModelConfig } from '../../../model/maskvlm/config.js';
import { constantParameters, inferenceGraph } from '../../../model/maskvlm/inference-graphs.js';
import { encodedPair } from '../../../model/maskvlm/reconstruction-graphs.js';
import { openSession } from '../../../model/onnx/session.js';
import { createRng } from '../../../model/random.js';
import { explainedBlock, explainerGraph, matchOf } from '../../../training/explain/explainer-graph.js';
import { parameterMap } from '../../../training/run/parameter-map.js';
import { float32, int64, largestDifference, numbersOf, runGraph } from '../../fixtures/run-graph.js';
import { layoutOf, SMALL, trainedParameters } from '../../fixtures/small-pretraining.js';

const [B, L] = [2, 4];
const DEEP = resolveModelConfig({ ...SMALL, crossDepth: 3 });

const sourceOf = (config: ModelConfig) => {
  const layout = layoutOf(config);
  return constantParameters(parameterMap(trainedParameters(layout), layout));
};

/** Tokens as encoders might give them; the second text ends with padding. */
function pair({ width }: ModelConfig, N: number, seed = 1) {
  const rng = createRng('pair', seed);
  const normals = (count: number) => Array.from({ length: count }, () => rng.normal());
  return {
    image_tokens: float32([B, N, width], normals(B * N * width)),
    text_tokens: float32([B, L, width], normals(B * L * width)),
    attention_mask: int64([B, L], [1, 1, 1, 1, 1, 1, 1, 0]),
  };
}

/** The score of each pair with `change` [B,H,L,N] added to the attention weights of a block, and the weights themselves. */
function scoreGraph(config: ModelConfig, block: number): Graph {
  const graph = new Graph('score');
  const change = graph.input('change', 'float32', ['B', config.heads, 'L', imageTokenCount(config)]);
  const root = new Scope(graph, sourceOf(config), '', (path, value): Value => {
    if (path !== `text_cross_encoder.blocks.${block}.cross_attn.weights`) return value;
    graph.output('weights', value);
    return add(value, change);
  });
  const { image, text } = encodedPair(graph, config);
  graph.output('logits', matchOf(root, image, text, config));
  return graph;
}

describe.each<[number, number, ModelConfig]>([
  [0, 2, SMALL],
  [0, 3, DEEP],
  [1, 3, DEEP],
])('block %i of %i', (block, _, config) => {
  const N = imageTokenCount(config);
  const [H, size] = [config.heads, B * config.heads * L * N];
  const feeds = pair(config, N);

  test('gives the heat that central differences give', async () => {
    const session = await openSession(scoreGraph(config, block), { threads: 1 });
    const shape = [B, H, L, N];
    const scoreOf = async (change: Float32Array, of: number) => {
      const { logits } = await session.run({ ...feeds, change: float32(shape, change) });
      const [without, match] = numbersOf(logits).slice(2 * of);
      return match! - without!;
    };
    const weights = numbersOf(
      (await session.run({ ...feeds, change: float32(shape, new Float32Array(size)) })).weights,
    );
    const wanted = new Array<number>(B * L * (N - 1)).fill(0);
    const step = 0.02;
    for (let i = 0; i < size; i++) {
      const [b, l, n] = [Math.floor(i / (H * L * N)), Math.floor(i / N) % L, i % N];
      if (n === 0) continue;
      const at = (by: number) => Float32Array.from({ length: size }, (_v, j) => (i === j ? by : 0));
      const slope = ((await scoreOf(at(step), b)) - (await scoreOf(at(-step), b))) / (2 * step);
      wanted[(b * L + l) * (N - 1) + n - 1]! += (weights[i]! * Math.max(0, slope)) / H;
    }
    await session.release();
    const { heatmaps } = await runGraph(explainerGraph(config, sourceOf(config), block), feeds);
    expect(heatmaps!.shape).toEqual([B, L, N - 1]);
    const highest = Math.max(...wanted);
    expect(highest).toBeGreaterThan(1e-3);
    expect(largestDifference(heatmaps, float32([], wanted)) / highest).toBeLessThan(0.02);
  });

  test('is never below 0, and 0 for padding and nothing else', async () => {
    const heat = numbersOf((await runGraph(explainerGraph(config, sourceOf(config), block), feeds)).heatmaps);
    const rows = Array.from({ length: B * L }, (_v, row) => heat.slice(row * (N - 1), (row + 1) * (N - 1)));
    expect(Math.min(...heat)).toBeGreaterThanOrEqual(0);
    expect(rows.map((row) => row.some((value) => value > 0))).toEqual([...Array<boolean>(7).fill(true), false]);
  });
});

test('has the logits of the matcher', async () => {
  const feeds = pair(SMALL, imageTokenCount(SMALL));
  const rows = int64([B], [0, 1]);
  const matcher = inferenceGraph('matcher', SMALL, sourceOf(SMALL), 'pretrain', 'float32');
  const { itm_logits } = await runGraph(matcher, { ...feeds, image_rows: rows, text_rows: rows });
  const explained = await runGraph(explainerGraph(SMALL, sourceOf(SMALL)), feeds);
  expect(largestDifference(explained.itm_logits, itm_logits)).toBeLessThan(1e-5);
});

test('explains every pair of a batch as it does alone', async () => {
  const N = imageTokenCount(SMALL);
  const feeds = pair(SMALL, N);
  const session = await openSession(explainerGraph(SMALL, sourceOf(SMALL)), { threads: 1 });
  const together = numbersOf((await session.run(feeds)).heatmaps);
  const first = {
    image_tokens: float32([1, N, 16], numbersOf(feeds.image_tokens).slice(0, N * 16)),
    text_tokens: float32([1, L, 16], numbersOf(feeds.text_tokens).slice(0, L * 16)),
    attention_mask: int64([1, L], [1, 1, 1, 1]),
  };
  const alone = numbersOf((await session.run(first)).heatmaps);
  await session.release();
  for (const [i, value] of alone.entries()) expect(value).toBeCloseTo(together[i]!, 6);
});

describe('the block', () => {
  test.each([
    [2, 0],
    [3, 1],
    [6, 2],
    [12, 5],
  ])('of %i is by default number %i', (crossDepth, block) => {
    expect(explainedBlock(resolveModelConfig({ ...SMALL, crossDepth }))).toBe(block);
  });

  test.each([1, 2, -1, 0.5])('%d is refused where the last is 1', (block) => {
    expect(() => explainerGraph(SMALL, sourceOf(SMALL), block)).toThrow(
      `block to explain: expected a whole number from 0, below the last block (1), got ${block}`,
    );
  });

  test('of a model with a single one cannot be explained', () => {
    const config = resolveModelConfig({ ...SMALL, crossDepth: 1 });
    expect(() => explainerGraph(config, sourceOf(config))).toThrow('below the last block (0), got 0');
  });
});
