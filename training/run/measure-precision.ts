import type { Precision } from '../../model/bundle/manifest.js';
import type { PrecisionLoss } from '../../model/bundle/precision-loss.js';
import { ExpectationError } from '../../model/errors.js';
import { readData } from '../data/read-data.js';
import type { PairRecord } from '../data/records.js';
import type { Recalls } from '../evaluation/ranks.js';
import type { BothDirections, RetrievalResult } from '../evaluation/retrieval.js';
import { openRetrievalModel, type RetrievalGraphs } from '../evaluation/retrieval-model.js';
import { loadRecipe } from '../recipe/load-recipe.js';
import { type RunFolder, recipeFile } from './run-folder.js';
import { measureRetrieval, VALIDATION_CANDIDATES, validationRecords } from './validate-retrieval.js';

/** Pictures that a precision is measured on where neither the command nor the recipe says how many. */
const DEFAULT_LIMIT = 250;

const say = (text: string) => void process.stderr.write(`${text}\n`);

export interface MeasurePrecisionOptions {
  precision: Exclude<Precision, 'fp32'>;
  /** The graphs in fp32 and in that precision. */
  baseline: RetrievalGraphs;
  reduced: RetrievalGraphs;
  /** Pictures to measure on; the recipe's evaluate.limit, or else 250, where it is left out. */
  limit?: number | undefined;
  threads?: number | undefined;
}

/**
 * What a reduced precision costs a run: two-stage retrieval among its validation pictures, once in fp32 and once reduced. Throws, naming
 * what is missing, where the run has no validation data or it is not there any more.
 */
export async function measurePrecision(
  run: RunFolder,
  { precision, baseline, reduced, limit, threads = 0 }: MeasurePrecisionOptions,
): Promise<PrecisionLoss> {
  const records = await readValidation(run, limit);
  const measure = async (graphs: RetrievalGraphs): Promise<RetrievalResult> => {
    const model = await openRetrievalModel(graphs, run.config, { threads });
    return measureRetrieval(run, model, records).finally(() => model.release());
  };
  const [before, after] = [await measure(baseline), await measure(reduced)];
  const { images, texts } = before;
  return {
    precision,
    task: 'retrieval',
    images,
    texts,
    candidates: Math.min(VALIDATION_CANDIDATES, images),
    baseline: ratesOf(before),
    reduced: ratesOf(after),
    difference: { ...change(before, after), itcOnly: change(before.itcOnly, after.itcOnly) },
  };
}

/**
 * The metrics of a bundle in a reduced precision: what it costs. Where that cannot be measured, throws what is missing, or, if it is not
 * `required`, says so and returns none.
 */
export async function precisionMetrics(
  run: RunFolder,
  { required, ...options }: MeasurePrecisionOptions & { required: boolean },
): Promise<{ precision?: PrecisionLoss }> {
  const { precision } = options;
  try {
    const loss = await measurePrecision(run, options);
    const [before, after] = [loss.baseline.meanRecall.toFixed(2), loss.reduced.meanRecall.toFixed(2)];
    say(`mean recall on ${loss.images} pictures: ${before} in fp32, ${after} in ${precision}`);
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

async function readValidation({ path, recipe: { name } }: RunFolder, limit?: number): Promise<PairRecord[]> {
  // Read anew: a run is opened without its data, and may then not know where it lies.
  const { recipe } = await loadRecipe(recipeFile(path));
  const { val, check, maxSkippedShare } = recipe.data;
  if (val.length === 0) throw new ExpectationError(`data.val of ${name}`, 'a data entry to measure on', 'none');
  const evaluate = { ...recipe.evaluate, limit: limit ?? recipe.evaluate.limit ?? DEFAULT_LIMIT };
  const sources = await readData(val, { cleaning: recipe.text.cleaning, check, maxSkippedShare });
  return validationRecords({ ...recipe, evaluate }, sources);
}

const directionsOf = ({ textToImage, imageToText, meanRecall }: BothDirections): BothDirections => ({
  textToImage,
  imageToText,
  meanRecall,
});
const ratesOf = (result: RetrievalResult) => ({ ...directionsOf(result), itcOnly: directionsOf(result.itcOnly) });

/** Percentages are printed as they are: the rounding takes away what float arithmetic adds to a difference. */
const minus = (after: number, before: number): number => Math.round((after - before) * 1e6) / 1e6;
const recallChange = (before: Recalls, after: Recalls): Recalls => ({
  r1: minus(after.r1, before.r1),
  r5: minus(after.r5, before.r5),
  r10: minus(after.r10, before.r10),
});
const change = (before: BothDirections, after: BothDirections): BothDirections => ({
  textToImage: recallChange(before.textToImage, after.textToImage),
  imageToText: recallChange(before.imageToText, after.imageToText),
  meanRecall: minus(after.meanRecall, before.meanRecall),
});
