import { ExpectationError } from '../../model/errors.js';
import type { HostTensor } from '../../model/onnx/session.js';
import type { Loader } from '../data/loader.js';
import { type Recipe, samplesPerStep } from '../recipe/recipe.js';
import { DROPOUT_PHASE, dropoutPhase, drops } from '../step/dropout.js';
import type { FlatLayout } from '../step/flat-parameters.js';
import { PARAMETER_GROUPS } from '../step/parameter-groups.js';
import type { Stepper, StepRates } from '../step/stepper.js';
import type { Validation } from '../tasks/task.js';
import { saveCheckpoint, type TrainingState } from './checkpoint.js';
import { type CheckpointState, stepName } from './find-checkpoint.js';
import { type MetricsLog, readMetrics } from './metrics-log.js';
import type { Progress } from './progress.js';
import { learningRates } from './schedule.js';

/** What a run trains on: batches as graph inputs, in step order. */
export type BatchStream = Pick<Loader, 'next' | 'release' | 'epochOf' | 'waitMs'>;

export interface TrainOptions {
  run: string;
  recipe: Recipe;
  layout: FlatLayout;
  stepper: Stepper;
  batches: BatchStream;
  /** Steps of the whole schedule, and where this process stops if it is earlier. */
  steps: number;
  stopAfter: number;
  /** Takes the lines of {@link readMetrics}. */
  log: MetricsLog;
  progress: Progress;
  /** Aborted when the process should stop after the step in hand. */
  signal: AbortSignal;
  /** Measures the state on validation data; higher is better; null when `signal` came in between. Absent without validation data. */
  validate?: ((state: TrainingState) => Promise<Validation | null>) | undefined;
}

const floats = (data: Float32Array): HostTensor => ({ dtype: 'float32', shape: [data.length], data });

/** Learning rates, 1 - beta^t and what noise step `step` has, from 0, out of `steps`. */
export function stepRates(recipe: Recipe, step: number, steps: number): StepRates {
  const { beta1, beta2 } = recipe.optimizer;
  const t = step + 1;
  return {
    learning_rates: floats(learningRates(recipe, step, steps)),
    bias_corrections: floats(Float32Array.of(1 - beta1 ** t, 1 - beta2 ** t)),
    ...(drops(recipe.dropout) && { [DROPOUT_PHASE]: floats(dropoutPhase(recipe.seed, step)) }),
  };
}

/**
 * The training loop, the same for every task: step, log, validate, checkpoint. Begins where `options.stepper` does, at `state`; returns the
 * state it ended in, saved as `latest`. A loss or gradient that is not finite stops the run with its name; the last good checkpoint stays.
 */
export async function train(state: CheckpointState, options: TrainOptions): Promise<TrainingState> {
  const { run, recipe, layout, stopAfter, progress, signal } = options;
  const meter = createMeter(options);
  try {
    let current = (await lacksValidation(state.step, options)) ? await validateAndKeep(state, options) : state;
    while (current.step < stopAfter && !signal.aborted) {
      current = await takeStep(current, options, meter);
      if (validatesAt(current.step, options)) current = await validateAndKeep(current, options);
      if (current.step === options.steps || current.step % recipe.checkpoint.every === 0) {
        const reached = await withWeights(current, options);
        await saveCheckpoint(run, 'latest', reached, layout);
        if (recipe.checkpoint.keepSteps) await saveCheckpoint(run, stepName(current.step), reached, layout);
      }
    }
    const end = await withWeights(current, options);
    await saveCheckpoint(run, 'latest', end, layout);
    return end;
  } finally {
    progress.stop();
  }
}

const withWeights = async ({ step, best }: CheckpointState, { stepper }: TrainOptions): Promise<TrainingState> => ({
  step,
  best,
  ...(await stepper.weights()),
});

async function takeStep(
  { step: before, best }: CheckpointState,
  options: TrainOptions,
  meter: Meter,
): Promise<CheckpointState> {
  const { recipe, stepper, batches, steps } = options;
  const began = performance.now();
  const batch = await batches.next();
  const rates = stepRates(recipe, before, steps);
  const { losses, gradientNorm } = await stepper.step(batch.inputs, rates);
  batches.release(batch);
  const step = before + 1;
  for (const [name, loss] of Object.entries(losses)) checkFinite(`loss.${name}`, loss, step);
  checkFinite('gradient norm', gradientNorm, step);
  await meter(step, {
    losses,
    gradNorm: gradientNorm,
    rates: rates.learning_rates.data as Float32Array,
    ms: performance.now() - began,
  });
  return { step, best };
}

const validatesAt = (step: number, { validate, steps, recipe }: TrainOptions): boolean =>
  validate !== undefined && step > 0 && (step === steps || step % recipe.evaluate.every === 0);

/** Whether the run was stopped at `step` before its validation was done. */
async function lacksValidation(step: number, options: TrainOptions): Promise<boolean> {
  if (!validatesAt(step, options)) return false;
  return !(await readMetrics(options.run)).some((line) => line.validation && line.step === step);
}

function checkFinite(name: string, value: number, step: number): void {
  if (!Number.isFinite(value)) throw new ExpectationError(`${name} at step ${step}`, 'a finite number', String(value));
}

interface LoggedStep {
  losses: Record<string, number>;
  gradNorm: number;
  rates: Float32Array;
  /** Of the step alone: no validation, no checkpoint. */
  ms: number;
}
type Meter = (step: number, figures: LoggedStep) => Promise<void>;

/** Logs every `log.every` steps: mean losses and mean speed since the last line, and the rates and gradient norm of this step. */
function createMeter({ log, recipe, layout, batches, progress }: TrainOptions): Meter {
  const trained = new Set(layout.parameters.map(({ group }) => group));
  let [count, ms, waited] = [0, 0, batches.waitMs];
  let sums: Record<string, number> = {};
  return async (step, figures) => {
    for (const [name, value] of Object.entries(figures.losses)) sums[name] = (sums[name] ?? 0) + value;
    count++;
    ms += figures.ms;
    if (step % recipe.log.every !== 0) return;
    const losses = Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / count]));
    const samplesPerSecond = (samplesPerStep(recipe) * count * 1000) / ms;
    await log({
      step,
      epoch: batches.epochOf(step - 1),
      losses,
      // Without the digits that float32 has too many.
      lr: Object.fromEntries(
        PARAMETER_GROUPS.flatMap((group, i) =>
          trained.has(group) ? [[group, Number(figures.rates[i]!.toPrecision(7))] as const] : [],
        ),
      ),
      gradNorm: figures.gradNorm,
      samplesPerSecond,
      msPerStep: ms / count,
      waitShare: (batches.waitMs - waited) / ms,
    });
    const shown = Object.entries(losses).map(([name, value]) => `${name} ${value.toFixed(3)}`);
    progress.update(step, `${shown.join(' ')} | ${samplesPerSecond.toFixed(0)} samples/s`);
    [count, ms, waited, sums] = [0, 0, batches.waitMs, {}];
  };
}

async function validateAndKeep(before: CheckpointState, options: TrainOptions): Promise<CheckpointState> {
  const { run, validate, layout, log, progress, batches } = options;
  const state = await withWeights(before, options);
  const validation = await validate!(state);
  if (!validation) return before;
  const { metric, values } = validation;
  await log({ step: state.step, epoch: batches.epochOf(state.step - 1), validation: values });
  progress.say(
    `step ${state.step}: ${Object.entries(values)
      .map(([name, value]) => `${name} ${value.toFixed(2)}`)
      .join(', ')}`,
  );
  if (before.best && before.best.metric >= metric) return before;
  const best = { step: state.step, metric };
  await saveCheckpoint(run, 'best', { ...state, best }, layout);
  return { step: state.step, best };
}
