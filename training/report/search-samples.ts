import type { PairRecord } from '../data/records.js';
import type { MeasuredModel, MeasureOptions } from '../evaluation/measured-model.js';
import { openRetrievalModel } from '../evaluation/retrieval-model.js';
import type { Recipe } from '../recipe/recipe.js';
import { inspectedSamples } from './inspected-samples.js';
import { SAMPLES, type Section } from './page.js';
import { retrievalSamples } from './retrieval-samples.js';
import { sampleCards } from './sample-cards.js';

/** Pictures that sample predictions search in: enough to be hard, few enough to be encoded in seconds. */
const MOST_PICTURES = 256;
const QUERIES = { textQueries: 6, imageQueries: 4 };

/** Searches among some of the pictures with some of their texts and pictures, and what the model sees in some of them. */
export async function searchSamples(
  measured: MeasuredModel,
  records: readonly PairRecord[],
  recipe: Recipe,
  options: MeasureOptions,
): Promise<Section[]> {
  const model = await openRetrievalModel(measured, options);
  try {
    const settings = { ...measured, candidates: recipe.evaluate.candidates, ...QUERIES };
    const found = await retrievalSamples(model, records.slice(0, MOST_PICTURES), settings);
    const body = await sampleCards(found, recipe.evaluate.candidates);
    return [{ title: SAMPLES, body }, ...(await inspectedSamples(measured, recipe, model, records, options))];
  } finally {
    await model.release();
  }
}
