import type { PretrainingSettings } from '../objectives/pretraining.js';
import type { Recipe } from '../recipe/recipe.js';

/** The graph's part of a recipe. */
export function pretrainingSettings(
  { schedule, text, losses, masking, itc }: Recipe,
  maskId: number,
  negatives: 'sampled' | 'given',
): PretrainingSettings {
  const { min, max } = itc.temperature;
  return {
    batch: schedule.batchSize,
    length: text.maxLength,
    losses,
    strategy: masking.strategy,
    temperature: { min, max },
    maskId,
    negatives,
  };
}
