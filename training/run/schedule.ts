import { learningRateOf, type Recipe, samplesPerStep } from '../recipe/recipe.js';
import { PARAMETER_GROUPS } from '../step/parameter-groups.js';

/**
 * The factor of the peak learning rate at `step` (from 0): linear warm-up over `warmupSteps`, then a cosine to `finalRatio` at the last
 * of `steps` (section 4.2: 3e-4 to 3e-5). In (0, 1].
 */
export function scheduleFactor(step: number, steps: number, warmupSteps: number, finalRatio: number): number {
  if (step < warmupSteps) return (step + 1) / warmupSteps;
  const progress = steps <= warmupSteps + 1 ? 1 : (step - warmupSteps) / (steps - 1 - warmupSteps);
  return finalRatio + (1 - finalRatio) * 0.5 * (1 + Math.cos(Math.PI * Math.min(1, progress)));
}

/** Steps of the warm-up in a run of `steps`. */
export const warmupStepsOf = (
  { schedule: { warmupSteps, warmupEpochs, epochs } }: Pick<Recipe, 'schedule'>,
  steps: number,
): number => (warmupEpochs && epochs ? Math.round((steps * warmupEpochs) / epochs) : warmupSteps);

/** The learning rate of every group at `step`, in the order of PARAMETER_GROUPS: its peak times the factor, or throughout. */
export function learningRates(recipe: Recipe, step: number, steps: number): Float32Array {
  const factor = scheduleFactor(step, steps, warmupStepsOf(recipe, steps), recipe.schedule.finalRatio);
  const { constantRates } = recipe.optimizer;
  return Float32Array.from(
    PARAMETER_GROUPS,
    (group) => (constantRates.includes(group) ? 1 : factor) * learningRateOf(recipe, group),
  );
}

/** Steps of a run: as many as the recipe says, or as its epochs take; an epoch has `samplesPerEpoch`. A step is one of the optimizer. */
export const totalSteps = (recipe: Pick<Recipe, 'schedule'>, samplesPerEpoch: number): number =>
  recipe.schedule.steps ?? Math.ceil((recipe.schedule.epochs! * samplesPerEpoch) / samplesPerStep(recipe));
