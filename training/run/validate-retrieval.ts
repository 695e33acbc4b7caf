import type { DataSource } from '../data/read-data.js';
import type { PairRecord } from '../data/records.js';
import { evaluateRecords } from '../evaluation/evaluate-records.js';
import type { RetrievalResult } from '../evaluation/retrieval.js';
import type { RetrievalModel, RetrievalModelOptions } from '../evaluation/retrieval-model.js';
import type { Recipe } from '../recipe/recipe.js';
import type { FlatLayout } from '../step/flat-parameters.js';
import type { RunFolder } from './run-folder.js';
import { imageSettings, openRunModel } from './run-model.js';

/** ITC candidates that ITM orders anew while a run is validated: fewer than in a final evaluation, which saves most of its time. */
export const VALIDATION_CANDIDATES = 32;

/** The pictures that a recipe's validation takes, of all its entries. */
export const validationRecords = ({ evaluate }: Recipe, val: readonly DataSource[]): PairRecord[] =>
  val.flatMap(({ records }) => records).slice(0, evaluate.limit ?? undefined);

/**
 * Measures two-stage retrieval of the parameters [P] on `records`, through the same graphs that are exported. Throws the reason of
 * `options.signal` when that stops it.
 */
export async function validateRetrieval(
  run: RunFolder,
  parameters: Float32Array,
  layout: FlatLayout,
  records: readonly PairRecord[],
  options: RetrievalModelOptions,
): Promise<RetrievalResult> {
  const model = await openRunModel(run, parameters, layout, options);
  return measureRetrieval(run, model, records).finally(() => model.release());
}

/** Measures two-stage retrieval of a model of the run on `records`. */
export function measureRetrieval(
  run: RunFolder,
  model: RetrievalModel,
  records: readonly PairRecord[],
): Promise<RetrievalResult> {
  const { recipe, tokenizer } = run;
  return evaluateRecords(model, records, {
    tokenizer,
    image: imageSettings(run),
    maxLength: recipe.text.maxLength,
    kTest: VALIDATION_CANDIDATES,
    // An ITM head that nothing trains orders nothing.
    score: recipe.losses.itm ? 'itm' : 'itc',
  });
}
