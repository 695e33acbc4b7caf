import type { Precision } from '../../model/bundle/manifest.js';
import type { PrecisionLoss } from '../../model/bundle/precision-loss.js';
import { ExpectationError } from '../../model/errors.js';
import type { ParameterSource } from '../../model/layers/scope.js';
import { reducePrecision } from '../../model/precision/reduce-precision.js';
import type { MeasuredModel } from '../evaluation/measured-model.js';
import { loadRecipe } from '../recipe/load-recipe.js';
import type { HeldOut } from '../tasks/task.js';
import { TASKS } from '../tasks/tasks.js';
import { bundleGraph } from './bundle-graphs.js';
import { type RunFolder, recipeFile } from './run-folder.js';
import { imageSettings } from './run-model.js';

/** Examples that a precision is measured on where neither the command nor the recipe says how many. */
const DEFAULT_LIMIT = 250;

const say = (text: string) => void process.stderr.write(`${text}\n`);

export interface MeasurePrecisionOptions {
  precision: Exclude<Precision, 'fp32'>;
  /** Examples to measure on; the recipe's evaluate.limit, or else 250, where it is left out. */
  limit?: number | undefined;
  threads?: number | undefined;
}

/**
 * What a reduced precision costs a run with these parameters: its measures on validation data, once in fp32 and once reduced. Throws, naming
 * what is missing, where the run has no validation data or it is not there any more.
 */
export async function measurePrecision(
  run: RunFolder,
  source: ParameterSource,
  { precision, limit, threads = 0 }: MeasurePrecisionOptions,
): Promise<PrecisionLoss> {
  const held = await readHeldOut(run, limit);
  const { config, tokenizer, recipe } = run;
  const measure = async (kept: Precision): Promise<Record<string, number>> => {
    const model: MeasuredModel = {
      config,
      tokenizer,
      image: imageSettings(run),
      maxLength: recipe.text.maxLength,
      graph: (role) => reducePrecision(bundleGraph(run, role, source), kept),
    };
    return (await held.validate(model, { threads })).values;
  };
  const [baseline, reduced] = [await measure('fp32'), await measure(precision)];
  // Percentages are printed as they are: the rounding takes away what float arithmetic adds to a difference.
  const change = (key: string) => Math.round((reduced[key]! - baseline[key]!) * 1e6) / 1e6;
  const difference = Object.fromEntries(Object.keys(baseline).map((key) => [key, change(key)]));
  return { precision, task: recipe.task, examples: held.examples, baseline, reduced, difference };
}

/**
 * The metrics of a bundle in a reduced precision: what it costs. Where that cannot be measured, throws what is missing, or, if it is not
 * `required`, says so and returns none.
 */
export async function precisionMetrics(
  run: RunFolder,
  source: ParameterSource,
  { required, ...options }: MeasurePrecisionOptions & { required: boolean },
): Promise<{ precision?: PrecisionLoss }> {
  const { precision } = options;
  try {
    const loss = await measurePrecision(run, source, options);
    const [measure] = Object.keys(loss.baseline) as [string];
    const [before, after] = [loss.baseline[measure]!.toFixed(2), loss.reduced[measure]!.toFixed(2)];
    say(`${measure} on ${loss.examples} examples: ${before} in fp32, ${after} in ${precision}`);
    return { precision: loss };
  } catch (error) {
    if (!(error instanceof ExpectationError)) throw error;
    if (required) {
      const expected = `the validation data of the run, to measure what ${precision} costs (or --metrics FILE instead)`;
      throw new ExpectationError(`--precision ${precision}`, expected, `"${error.message}"`);
    }
    say(`what ${precision} costs was not measured: ${error.message}`);
    return {};
  }
}

async function readHeldOut({ path, recipe: { name } }: RunFolder, limit?: number): Promise<HeldOut> {
  // Read anew: a run is opened without its data, and may then not know where it lies.
  const { recipe } = await loadRecipe(recipeFile(path));
  const evaluate = { ...recipe.evaluate, limit: limit ?? recipe.evaluate.limit ?? DEFAULT_LIMIT };
  const { held } = await TASKS[recipe.task].read({ ...recipe, evaluate, data: { ...recipe.data, train: [] } });
  if (!held) throw new ExpectationError(`data.val of ${name}`, 'a data entry to measure on', 'none');
  return held;
}
