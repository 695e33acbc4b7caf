// maskvlm bench train --recipe training/recipes/ucm.yaml
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { expect } from '../../model/errors.js';
import { graphFlops } from '../../model/graph/flops.js';
import { gridOf, type ModelConfig } from '../../model/maskvlm/config.js';
import type { HostTensor } from '../../model/onnx/session.js';
import { createRng } from '../../model/random.js';
import { distinctProducts, median, operandNumbers, type Product, timeProduct } from '../bench/matrix-products.js';
import { RECORDS_OF_TASK } from '../data/formats.js';
import { loadRecipe } from '../recipe/load-recipe.js';
import type { Recipe } from '../recipe/recipe.js';
import { USUAL_SPECIAL } from '../run/dry-run.js';
import { initialParameters } from '../run/initialize.js';
import { modelConfigOf } from '../run/run-folder.js';
import { layoutOf } from '../run/run-model.js';
import { stepRates } from '../run/train.js';
import type { FlatLayout } from '../step/flat-parameters.js';
import { wholeStep } from '../step/step-functions.js';
import { openStepper, type Weights } from '../step/stepper.js';
import { trainingGraph } from '../step/training-graph.js';
import { TASKS } from '../tasks/tasks.js';

export interface BenchTrainOptions {
  recipe?: string;
  steps: number;
  threads?: number;
}

const UCM = fileURLToPath(new URL('../../../training/recipes/ucm.yaml', import.meta.url));
const round = (x: number, digits = 2) => Number(x.toFixed(digits));

/**
 * Times the training step of a recipe of pairs on random batches, and every matrix product of it alone, in one run. Prints one JSON object: GFLOP/s of
 * the step (its matrix products over its whole time), GFLOP/s of the products alone, and the ratio of the two. The machine may change its
 * pace meanwhile, so each part of the products is held against the steps right before and after it. Throws for a recipe of another task, or of
 * several texts a picture.
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
  const { task, schedule, optimizer, dropout } = recipe;
  expect(
    RECORDS_OF_TASK[task] === 'pairs' && schedule.textsPerPicture === 1,
    `recipe ${recipe.name} of bench train`,
    'pretrain or retrieval, one text a picture',
    `${task}, ${schedule.textsPerPicture} a picture`,
  );
  const layout = layoutOf({ config, recipe });
  const forward = TASKS[task].forward(recipe, config, USUAL_SPECIAL);
  const graph = trainingGraph(layout, forward, optimizer, { recompute: schedule.recompute, dropout });
  const stepper = await openStepper(await wholeStep(graph, { threads }), freshWeights(layout, recipe), 'cpu');
  const asked = new Set(graph.inputs.map(({ name }) => name));
  const batch = Object.fromEntries(Object.entries(randomBatch(recipe, config)).filter(([name]) => asked.has(name)));
  const timeStep = async (): Promise<number> => {
    const start = performance.now();
    await stepper.step(batch, stepRates(recipe, 0, 1000));
    return performance.now() - start;
  };
  const products = distinctProducts(graph);
  const numbers = operandNumbers(products, createRng(recipe.seed, 'operands'));
  // What the first steps allocate, the later ones find.
  for (let i = 0; i < 3; i++) await timeStep();
  const stepMs = [await timeStep()];
  let [gemmMs, ratio] = [0, 0];
  const share = Math.ceil(products.length / (2 * steps));
  for (let from = 0; from < products.length; from += share) {
    let partMs = 0;
    for (const product of products.slice(from, from + share))
      partMs += product.count * (await timeProduct(product, numbers, steps, { threads }));
    stepMs.push(await timeStep());
    gemmMs += partMs;
    ratio += partMs / ((stepMs.at(-1)! + stepMs.at(-2)!) / 2);
  }
  await stepper.release();
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
    ratioToGemm: round(ratio, 3),
    matrixProducts: products.reduce((sum: number, { count }: Product) => sum + count, 0),
    steps: stepMs.length,
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

function freshWeights(layout: FlatLayout, { seed, init }: Recipe): Weights {
  const moment = () => new Float32Array(layout.size);
  return { parameters: initialParameters(layout, seed, init.deviation), moment1: moment(), moment2: moment() };
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
