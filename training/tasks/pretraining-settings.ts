import type { PretrainingSettings } from '../objectives/pretraining.js';
import type { Recipe } from '../recipe/recipe.js';

/** The graph's part of a recipe. */
export function pretrainingSettings(
  { schedule, text, losses, masking, itc, itm }: Recipe,
  maskId: number,
  negatives: 'sampled' | 'given',
): PretrainingSettings {
  return {
    batch: schedule.batchSize,
    length: text.maxLength,
    losses,
    strategy: masking.strategy,
    temperature: itc.temperature,
    maskId,
    negatives,
    epsilon: itm.epsilon,
    channels: masking.image.channels,
  };
}
