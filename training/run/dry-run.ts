import { access, readFile } from 'node:fs/promises';
import { ExpectationError } from '../../model/errors.js';
import { graphFlops } from '../../model/graph/flops.js';
import { bytesOf, peakMemory } from '../../model/graph/peak-memory.js';
import type { Value } from '../../model/graph/value.js';
import { type ModelConfig, resolveModelConfig } from '../../model/maskvlm/config.js';
import type { ModelTask } from '../../model/maskvlm/parameters.js';
import { loadTokenizer, type SpecialIds } from '../../model/tokenizer/tokenizer.js';
import { countVisits } from '../data/sample-plan.js';
import { loadRecipe } from '../recipe/load-recipe.js';
import { type Recipe, samplesPerStep } from '../recipe/recipe.js';
import { trainingStep } from '../step/training-graph.js';
import { TASKS } from '../tasks/tasks.js';
import { readInheritance } from './read-inheritance.js';
import { modelConfigOf } from './run-folder.js';
import { layoutOf } from './run-model.js';
import { totalSteps } from './schedule.js';
import type { TrainingOptions } from './training-options.js';

/** What a run is asked about before it is made. */
export interface DryRunOptions extends Pick<TrainingOptions, 'task' | 'recipe' | 'set' | 'init'> {
  /** TFLOP/s that the matrix products of a step reach, by which the time is reckoned. */
  tflops?: number;
  /** Tells people what was not to be found and what stands for it. */
  say(text: string): void;
}

/**
 * What a run would take. Rates count matrix products alone; validation, loading and the second pass through the encoders that accumulation
 * takes are not in it.
 */
export interface DryRun {
  /** The recipe's name. */
  recipe: string;
  task: ModelTask;
  /** Trained scalars. */
  parameters: number;
  /** Samples of a step: B, or accumulate x B. */
  batch: number;
  steps: number;
  /** Absent where nothing tells how many samples an epoch has. */
  samplesPerEpoch?: number;
  epochs?: number;
  gflopPerSample: number;
  gflopPerStep: number;
  /** What the step holds at the moment when it holds most, in float32. */
  memory: Record<'parametersGiB' | 'momentsGiB' | 'gradientsGiB' | 'activationsGiB' | 'totalGiB', number>;
  /** With a rate: that, and how long the steps take at it. */
  tflops?: number;
  hours?: number;
  days?: number;
}

/** The graph has the same size whatever the ids are. */
export const USUAL_SPECIAL: SpecialIds = { start: 0, pad: 1, end: 2, unknown: 3, mask: 4 };

const significant = (value: number): number => Number(value.toPrecision(4));
const gibibytes = (bytes: number): number => significant(bytes / 2 ** 30);

/**
 * Works out what a run by a recipe would take, without making it: the training graph is built, but no tensor of it. Neither data nor tokenizer
 * need be there. Throws what is wrong with the recipe, and where nothing tells the number of steps.
 */
export async function dryRun({ task, recipe: file, set, init, tflops, say }: DryRunOptions): Promise<DryRun> {
  const inherited = init && task !== 'pretrain' ? await readInheritance(init) : undefined;
  const { recipe } = await loadRecipe(file, { ...(set && { set }), task, inherited, readsData: false });
  const config = modelConfigOf(recipe, await vocabularySizeOf(recipe, say));
  const { steps, samplesPerEpoch } = await lengthOf(recipe, say);
  const { batchSize, accumulate, epochs } = recipe.schedule;
  const batch = samplesPerStep(recipe);
  const { parameters, gflop, memory } = measureStep(recipe, config);
  const turns = epochs ?? (samplesPerEpoch && significant((steps * batch) / samplesPerEpoch));
  return {
    recipe: recipe.name,
    task: recipe.task,
    parameters,
    batch,
    steps,
    ...(samplesPerEpoch !== undefined && { samplesPerEpoch }),
    ...(turns !== undefined && { epochs: turns }),
    gflopPerSample: significant(gflop / batchSize),
    gflopPerStep: significant(accumulate * gflop),
    memory,
    ...(tflops !== undefined && timeAt(tflops, steps * accumulate * gflop)),
  };
}

function timeAt(tflops: number, gflop: number): Required<Pick<DryRun, 'tflops' | 'hours' | 'days'>> {
  const hours = gflop / (tflops * 1e3 * 3600);
  return { tflops, hours: significant(hours), days: significant(hours / 24) };
}

/** Operations and memory of one step. */
function measureStep(
  recipe: Recipe,
  config: ModelConfig,
): { parameters: number; gflop: number; memory: DryRun['memory'] } {
  const { task, optimizer, dropout } = recipe;
  const layout = layoutOf({ config, recipe });
  const { graph, gradients } = trainingStep(layout, TASKS[task].forward(recipe, config, USUAL_SPECIAL), optimizer, {
    dropout,
  });
  const peak = peakMemory(graph);
  const held = (values: readonly Value[]) =>
    values.filter((value) => peak.holds(value)).reduce((sum, value) => sum + bytesOf(value), 0);
  const inputs = (...names: string[]) => held(graph.inputs.filter(({ name }) => names.includes(name)));
  const parameters = inputs('parameters');
  const moments = inputs('moment1', 'moment2');
  const gradient = held(gradients);
  return {
    parameters: layout.size,
    gflop: graphFlops(graph) / 1e9,
    memory: {
      parametersGiB: gibibytes(parameters),
      momentsGiB: gibibytes(moments),
      gradientsGiB: gibibytes(gradient),
      activationsGiB: gibibytes(peak.bytes - parameters - moments - gradient),
      totalGiB: gibibytes(peak.bytes),
    },
  };
}

/** Tokens of the recipe's tokenizer; those of the model's preset where its files are not there. */
async function vocabularySizeOf({ tokenizer, model }: Recipe, say: DryRunOptions['say']): Promise<number> {
  if (tokenizer.vocabSize !== undefined) return tokenizer.vocabSize;
  const file = tokenizer.file ?? tokenizer.vocab;
  const isThere = await access(file).then(
    () => true,
    () => false,
  );
  if (!isThere) {
    const { vocabularySize } = resolveModelConfig(model).text;
    say(`${file} is not there: ${vocabularySize} tokens, as the model's preset has`);
    return vocabularySize;
  }
  if (tokenizer.file !== undefined) return loadTokenizer(file).vocabularySize;
  return Object.keys(JSON.parse(await readFile(file, 'utf8')) as object).length;
}

/** Steps of the run, and samples of an epoch as far as they are known. */
async function lengthOf(
  recipe: Recipe,
  say: DryRunOptions['say'],
): Promise<{ steps: number; samplesPerEpoch: number | undefined }> {
  const { steps, samplesPerEpoch: stated } = recipe.schedule;
  if (steps !== undefined) return { steps, samplesPerEpoch: stated };
  const samplesPerEpoch = await countSamples(recipe).catch((error: Error) => {
    if (!(error instanceof ExpectationError)) throw error;
    if (stated === undefined)
      throw new ExpectationError('--dry-run', 'data, schedule.samplesPerEpoch or schedule.steps', error.message);
    say(
      `${error.message}: an epoch is taken as the ${stated.toLocaleString('en')} samples of schedule.samplesPerEpoch`,
    );
    return stated;
  });
  return { steps: totalSteps(recipe, samplesPerEpoch), samplesPerEpoch };
}

/** Reads the training data; its pictures need only be there. */
async function countSamples(recipe: Recipe): Promise<number> {
  const data: Recipe['data'] = { ...recipe.data, val: [], check: 'exists' };
  const { train } = await TASKS[recipe.task].read({ ...recipe, data });
  return countVisits(train, { visit: data.visit, textsPerPicture: recipe.schedule.textsPerPicture });
}
