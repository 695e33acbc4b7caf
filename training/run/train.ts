import { ExpectationError } from '../../model/errors.js';
import type { HostTensor, Session } from '../../model/onnx/session.js';
import type { Recipe } from '../recipe/recipe.js';
import type { FlatLayout } from '../step/flat-parameters.js';
import { PARAMETER_GROUPS } from '../step/parameter-groups.js';
import { saveCheckpoint, stepName, type TrainingState } from './checkpoint.js';
import { appendMetrics } from './metrics-log.js';
import type { Progress } from './progress.js';
import { learningRates } from './schedule.js';

/** What a run trains on: batches as graph inputs, in step order. */
export interface BatchStream {
  /** The next step's inputs; `release` hands their memory back once the step has run. */
  next(): Promise<{ inputs: Record<string, HostTensor>; release: () => void }>;
  epochOf(step: number): number;
  readonly waitMs: number;
}

export interface TrainOptions {
  run: string;
  recipe: Recipe;
  layout: FlatLayout;
  session: Session;
  batches: BatchStream;
  /** Steps of the whole schedule, and where this process stops if it is earlier. */
  steps: number;
  stopAfter: number;
  progress: Progress;
  /** Set when the process should stop after the step in hand. */
  interrupted: () => boolean;
  /** Measures the state on validation data; higher is better. Absent without validation data. */
  validate?: (state: TrainingState) => Promise<{ metric: number; values: Record<string, number> }>;
}

const floats = (data: Float32Array): HostTensor => ({ dtype: 'float32', shape: [data.length], data });

/** The optimizer's inputs for step `step` (from 0): moments, learning rates and 1 - beta^t. */
export function optimizerInputs(recipe: Recipe, state: TrainingState, steps: number): Record<string, HostTensor> {
  const { beta1, beta2 } = recipe.optimizer;
  const t = state.step + 1;
  return {
    parameters: floats(state.parameters),
    moment1: floats(state.moment1),
    moment2: floats(state.moment2),
    learning_rates: floats(learningRates(recipe, state.step, steps)),
    bias_corrections: floats(Float32Array.of(1 - beta1 ** t, 1 - beta2 ** t)),
  };
}

/**
 * The training loop, the same for every task: step, log, validate, checkpoint. Returns the state it ended in, saved as `latest`. A loss
 * that is not finite stops the run with its name; the last good checkpoint stays.
 */
export async function train(state: TrainingState, options: TrainOptions): Promise<TrainingState> {
  const { run, recipe, session, batches, steps, stopAfter, progress } = options;
  const meter = createMeter(options, state.step);
  let current = state;
  while (current.step < stopAfter && !options.interrupted()) {
    const batch = await batches.next();
    const outputs = await session.run({ ...batch.inputs, ...optimizerInputs(recipe, current, steps) });
    batch.release();
    const losses = lossesOf(outputs, current.step + 1);
    const rates = learningRates(recipe, current.step, steps);
    current = {
      ...current,
      step: current.step + 1,
      parameters: outputs.updated_parameters!.data as Float32Array,
      moment1: outputs.updated_moment1!.data as Float32Array,
      moment2: outputs.updated_moment2!.data as Float32Array,
    };
    await meter(current.step, losses, Number(outputs.gradient_norm!.data[0]), rates);
    const last = current.step === steps;
    if (options.validate && (last || current.step % recipe.evaluate.every === 0))
      current = await validateAndKeep(current, options);
    if (last || current.step % recipe.checkpoint.every === 0) {
      await saveCheckpoint(run, 'latest', current, options.layout);
      if (recipe.checkpoint.keepSteps) await saveCheckpoint(run, stepName(current.step), current, options.layout);
    }
  }
  await saveCheckpoint(run, 'latest', current, options.layout);
  progress.stop();
  return current;
}

function lossesOf(outputs: Record<string, HostTensor>, step: number): Record<string, number> {
  const losses: Record<string, number> = {};
  for (const [name, { data }] of Object.entries(outputs)) {
    if (!name.startsWith('loss.')) continue;
    const value = Number(data[0]);
    if (!Number.isFinite(value))
      throw new ExpectationError(`${name} at step ${step}`, 'a finite number', String(value));
    losses[name.slice('loss.'.length)] = value;
  }
  return losses;
}

/** Logs every `log.every` steps: mean losses since the last line, rates and speed. */
function createMeter({ run, recipe, batches, progress }: TrainOptions, start: number) {
  const { every } = recipe.log;
  let [since, from, waited] = [performance.now(), start, batches.waitMs];
  let sums: Record<string, number> = {};
  return async (step: number, losses: Record<string, number>, gradNorm: number, rates: Float32Array) => {
    for (const [name, value] of Object.entries(losses)) sums[name] = (sums[name] ?? 0) + value;
    if (step % every !== 0) return;
    const [now, count] = [performance.now(), step - from];
    const msPerStep = (now - since) / count;
    const means = Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / count]));
    const samplesPerSecond = (recipe.schedule.batchSize * 1000) / msPerStep;
    const lr = Object.fromEntries(PARAMETER_GROUPS.map((group, i) => [group, rates[i]!]));
    const waitShare = (batches.waitMs - waited) / (now - since);
    await appendMetrics(run, {
      step,
      epoch: batches.epochOf(step - 1),
      losses: means,
      lr,
      gradNorm,
      samplesPerSecond,
      msPerStep,
      waitShare,
    });
    const note = Object.entries(means)
      .map(([name, value]) => `${name} ${value.toFixed(3)}`)
      .join(' ');
    progress.update(step, `${note} | ${samplesPerSecond.toFixed(0)} samples/s`);
    [since, from, waited, sums] = [now, step, batches.waitMs, {}];
  };
}

async function validateAndKeep(
  state: TrainingState,
  { run, validate, layout, progress, batches }: TrainOptions,
): Promise<TrainingState> {
  const { metric, values } = await validate!(state);
  await appendMetrics(run, { step: state.step, epoch: batches.epochOf(state.step - 1), validation: values });
  progress.say(
    `step ${state.step}: ${Object.entries(values)
      .map(([name, value]) => `${name} ${value.toFixed(2)}`)
      .join(', ')}`,
  );
  if (state.best && state.best.metric >= metric) return state;
  const better = { ...state, best: { step: state.step, metric } };
  await saveCheckpoint(run, 'best', better, layout);
  return better;
}
