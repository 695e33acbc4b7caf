import type { HypothesisRecord, PairRecord, QuestionRecord, StatementRecord } from '../data/records.js';
import { measureEntailment, measureNlvr2, measureRetrieval, measureVqa } from '../evaluation/measure.js';
import type { MeasuredModel, MeasureOptions } from '../evaluation/measured-model.js';
import type { Recipe } from '../recipe/recipe.js';
import type { Validation } from './task.js';

/** Retrieval is chosen by its mean recall (appendix A.1). */
export async function validateRetrieval(
  model: MeasuredModel,
  records: readonly PairRecord[],
  { losses, evaluate }: Recipe,
  options: MeasureOptions,
): Promise<Validation> {
  // An ITM head that nothing trains orders nothing.
  const score = losses.itm ? 'itm' : 'itc';
  const found = await measureRetrieval(model, records, { kTest: evaluate.candidates, score }, options);
  const { meanRecall, textToImage, imageToText, itcOnly } = found;
  const values = {
    meanRecall,
    textToImageR1: textToImage.r1,
    imageToTextR1: imageToText.r1,
    itcMeanRecall: itcOnly.meanRecall,
  };
  return { metric: meanRecall, values };
}

export async function validateVqa(
  model: MeasuredModel,
  records: readonly QuestionRecord[],
  { answers }: Recipe,
  options: MeasureOptions,
): Promise<Validation> {
  const greedy = { kind: 'generate', beams: 1, maxLength: answers.maxLength } as const;
  const answered = records.filter((record) => record.answers.length > 0);
  const { result } = await measureVqa(model, answered, greedy, options);
  return { metric: result!.accuracy, values: { accuracy: result!.accuracy } };
}

export async function validateNlvr2(
  model: MeasuredModel,
  records: readonly StatementRecord[],
  _recipe: Recipe,
  options: MeasureOptions,
): Promise<Validation> {
  const labelled = records.filter(({ label }) => label !== undefined);
  const { accuracy, consistency } = (await measureNlvr2(model, labelled, options)).result!;
  return { metric: accuracy, values: { accuracy, consistency } };
}

export async function validateEntailment(
  model: MeasuredModel,
  records: readonly HypothesisRecord[],
  _recipe: Recipe,
  options: MeasureOptions,
): Promise<Validation> {
  const labelled = records.filter(({ label }) => label !== undefined);
  const { accuracy, perClass } = (await measureEntailment(model, labelled, options)).result!;
  return { metric: accuracy, values: { accuracy, ...perClass } };
}
