// maskvlm bench train --recipe training/recipes/ucm.yaml
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { graphFlops } from '../../model/graph/flops.js';
import { gridOf, type ModelConfig } from '../../model/maskvlm/config.js';
import { modelParameters } from '../../model/maskvlm/parameters.js';
import { type HostTensor, openSession } from '../../model/onnx/session.js';
import { createRng } from '../../model/random.js';
import { distinctProducts, median, type Product, timeProduct } from '../bench/matrix-products.js';
import { pretraining } from '../objectives/pretraining.js';
import { loadRecipe } from '../recipe/load-recipe.js';
import type { Recipe } from '../recipe/recipe.js';
import { initialParameters } from '../run/initialize.js';
import { modelConfigOf } from '../run/run-folder.js';
import { stepRates } from '../run/train.js';
import { flatLayout } from '../step/flat-parameters.js';
import { trainingGraph } from '../step/training-graph.js';
import { pretrainingSettings } from '../tasks/pretraining-settings.js';

export interface BenchTrainOptions {
  recipe?: string;
  steps: number;
  threads?: number;
}

const UCM = fileURLToPath(new URL('../../../training/recipes/ucm.yaml', import.meta.url));
const round = (x: number, digits = 2) => Number(x.toFixed(digits));

/**
 * Times the training step of a recipe on random batches, and every matrix product of it alone, in one run. Prints one JSON object: GFLOP/s of
 * the step (its matrix products over its whole time), GFLOP/s of the products alone, and the ratio of the two.
 */
export async function benchTrain({
  recipe: file = UCM,
  steps,
  threads = cpus().length,
}: BenchTrainOptions): Promise<void> {
  // The data is not read: its place may be anything.
  const { recipe } = await loadRecipe(file, { environment: { MASKVLM_DATA: '.', ...process.env } });
  const vocabularySize = recipe.tokenizer.vocabSize ?? 50265;
  const config = modelConfigOf(recipe, vocabularySize);
  const layout = flatLayout(modelParameters(config));
  const settings = pretrainingSettings(recipe, 4, 'sampled');
  const graph = trainingGraph(layout, (root) => pretraining(root, config, settings), recipe.optimizer, {
    recompute: recipe.schedule.recompute,
  });
  const session = await openSession(graph, { threads });
  const flat = (data: Float32Array): HostTensor => ({ dtype: 'float32', shape: [layout.size], data });
  const feeds = {
    ...randomBatch(recipe, config),
    ...stepRates(recipe, 0, 1000),
    parameters: flat(initialParameters(layout, recipe.seed, recipe.init.deviation)),
    moment1: flat(new Float32Array(layout.size)),
    moment2: flat(new Float32Array(layout.size)),
  };
  const products = distinctProducts(graph);
  const timeSteps = async (count: number): Promise<number[]> => {
    const times: number[] = [];
    for (let i = 0; i < count; i++) {
      const start = performance.now();
      await session.run(feeds);
      times.push(performance.now() - start);
    }
    return times;
  };
  // Steps before and after the products: the machine may have changed its pace meanwhile.
  await timeSteps(2);
  const stepMs = await timeSteps(steps);
  let gemmMs = 0;
  for (const product of products) gemmMs += product.count * (await timeProduct(product, steps, { threads }));
  stepMs.push(...(await timeSteps(steps)));
  const gflop = graphFlops(graph) / 1e9;
  const ms = median(stepMs);
  const result = {
    bench: 'train',
    recipe: recipe.name,
    threads,
    parameters: layout.size,
    batch: recipe.schedule.batchSize,
    gflopPerStep: round(gflop),
    msPerStep: round(ms, 1),
    samplesPerSecond: round((recipe.schedule.batchSize * 1000) / ms, 1),
    gflops: round((gflop / ms) * 1000, 1),
    gemmGflops: round((gflop / gemmMs) * 1000, 1),
    ratioToGemm: round(gemmMs / ms, 3),
    matrixProducts: products.reduce((sum: number, { count }: Product) => sum + count, 0),
    steps,
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

/** A batch of the recipe's shapes with random content. */
function randomBatch({ schedule, text, seed }: Recipe, config: ModelConfig): Record<string, HostTensor> {
  const [B, L, S, N] = [schedule.batchSize, text.maxLength, config.image.size, gridOf(config) ** 2];
  const rng = createRng(seed, 'bench');
  const floats = (shape: number[], value: (i: number) => number): HostTensor => ({
    dtype: 'float32',
    shape,
    data: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => value(i)),
  });
  const ints = (value: () => number): HostTensor => ({
    dtype: 'int64',
    shape: [B, L],
    data: BigInt64Array.from({ length: B * L }, () => BigInt(value())),
  });
  const diagonal = (i: number) => (i % (B + 1) === 0 ? 1 : 0);
  return {
    pixel_values: floats([B, 3, S, S], () => rng.normal()),
    input_ids: ints(() => rng.int(config.text.vocabularySize)),
    attention_mask: ints(() => 1),
    image_mask: floats([B, N], () => (rng.next() < 0.6 ? 1 : 0)),
    text_mask: floats([B, L], () => (rng.next() < 0.3 ? 1 : 0)),
    itc_targets: floats([B, B], diagonal),
    negative_allowed: floats([B, B], (i) => 1 - diagonal(i)),
    gumbel_image: floats([B, B], () => rng.gumbel()),
    gumbel_text: floats([B, B], () => rng.gumbel()),
  };
}
