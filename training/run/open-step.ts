import type { ModelConfig } from '../../model/maskvlm/config.js';
import type { SessionOptions } from '../../model/onnx/session.js';
import type { SpecialIds } from '../../model/tokenizer/tokenizer.js';
import type { Recipe } from '../recipe/recipe.js';
import { openPlainAccumulator } from '../step/accumulator.js';
import type { FlatLayout } from '../step/flat-parameters.js';
import { openPairAccumulator } from '../step/pair-accumulator.js';
import { accumulatedStep, wholeStep } from '../step/step-functions.js';
import type { StepFunction } from '../step/stepper.js';
import { trainingGraph } from '../step/training-graph.js';
import { TASKS } from '../tasks/tasks.js';

/** Loads what a recipe calls a step: one graph, or, where it accumulates, several. Throws what onnxruntime says when it cannot. */
export async function openStep(
  recipe: Recipe,
  config: ModelConfig,
  special: SpecialIds,
  layout: FlatLayout,
  options: SessionOptions,
): Promise<StepFunction> {
  const task = TASKS[recipe.task];
  const { accumulate: parts, recompute } = recipe.schedule;
  const forward = task.forward(recipe, config, special);
  const { dropout } = recipe;
  if (parts === 1) return wholeStep(trainingGraph(layout, forward, recipe.optimizer, { recompute, dropout }), options);
  const accumulation = { ...options, layout, parts, recompute };
  const settings = task.pairs?.(recipe, special);
  const accumulator = settings
    ? await openPairAccumulator(config, settings, accumulation)
    : await openPlainAccumulator(forward, accumulation);
  return accumulatedStep(accumulator, layout, recipe.optimizer, options);
}
