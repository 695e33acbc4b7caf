import { basename } from 'node:path';
import { ExpectationError } from '../../model/errors.js';
import type { Device } from '../../model/onnx/session.js';
import { loaderSettings, openLoader } from '../data/loader.js';
import { loadRecipe } from '../recipe/load-recipe.js';
import { writeReport } from '../report/write-report.js';
import type { FlatLayout } from '../step/flat-parameters.js';
import { openStepper, type Stepper, type Weights } from '../step/stepper.js';
import type { HeldOut, RunData } from '../tasks/task.js';
import { TASKS } from '../tasks/tasks.js';
import { loadCheckpoint, type TrainingState } from './checkpoint.js';
import { describeCutTexts } from './cut-texts.js';
import { clearLeftovers, findCheckpoints, readCheckpointState } from './find-checkpoint.js';
import { initializeFrom } from './init-sources.js';
import { initialParameters } from './initialize.js';
import { openMetricsLog } from './metrics-log.js';
import { openStep } from './open-step.js';
import { showProgress } from './progress.js';
import { readInheritance } from './read-inheritance.js';
import { createRun, type RunFolder, reopenRun } from './run-folder.js';
import { layoutOf, runModel } from './run-model.js';
import { totalSteps } from './schedule.js';
import { addSkipped, listSkipped } from './skipped-list.js';
import { watchStopSignals } from './stop-signals.js';
import { train } from './train.js';
import type { TrainingOptions } from './training-options.js';

const say = (text: string) => void process.stderr.write(`${text}\n`);

/** Trains by a recipe into a run folder. Returns the exit status: 0, or 130 and 143 when a signal stopped it after saving. */
export async function trainRun(options: TrainingOptions): Promise<number> {
  const { recipe, yaml } = await loadRecipe(options.recipe, {
    set: options.set,
    task: options.task,
    // Pre-training from other weights is of the size that its recipe says.
    inherited: options.init && options.task !== 'pretrain' ? await readInheritance(options.init) : undefined,
  });
  const data = await TASKS[recipe.task].read(recipe);
  const open = options.resume ? reopenRun : createRun;
  const run = await open(options.out, recipe, yaml, data);
  try {
    for (const line of await listSkipped(run.path, [...data.train, ...data.val])) say(line);
    for (const line of describeCutTexts(data.train, recipe, run.tokenizer)) say(line);
    const layout = layoutOf(run);
    const state = await startState(run, layout, options);
    say(
      `${recipe.name}: ${layout.size.toLocaleString('en')} parameters, ${data.train.reduce((sum, { items }) => sum + items.length, 0).toLocaleString('en')} training examples`,
    );
    const status = await runSteps(run, layout, state, data, options);
    await reportOn(run, status !== 0, options.threads);
    return status;
  } catch (error) {
    await sayWhatIsKept(run.path);
    throw error;
  } finally {
    await run.release();
  }
}

/** Says what a run that failed has left of its work. */
async function sayWhatIsKept(run: string): Promise<void> {
  const latest = (await findCheckpoints(run)).get('latest');
  if (latest) say(`${run} keeps the checkpoint of step ${(await readCheckpointState(latest)).step}`);
}

/**
 * Measures models on validation data, and what can be guessed without looking beside them: found the first time, and left out, with
 * a word why, where there are too few examples to tell.
 */
function besideTextOnly({ validate, textOnly }: HeldOut): HeldOut['validate'] {
  let guessed: { textOnlyAccuracy?: number } | undefined;
  const guess = () => {
    try {
      const found = textOnly?.();
      if (!found) return {};
      say(`text only, without pictures (${found.guesser}): accuracy ${found.accuracy.toFixed(2)}`);
      return { textOnlyAccuracy: found.accuracy };
    } catch (error) {
      if (!(error instanceof ExpectationError)) throw error;
      say(`text only, without pictures: not measured. ${error.message}`);
      return {};
    }
  };
  return async (model, options) => {
    const { metric, values } = await validate(model, options);
    guessed ??= guess();
    return { metric, values: { ...values, ...guessed } };
  };
}

/** Writes the run's report. The run is done and saved by then: a report that fails is said, and changes nothing. */
async function reportOn({ path }: RunFolder, interrupted: boolean, threads?: number): Promise<void> {
  // Whoever sent the signal does not wait for pictures to be searched.
  const withoutSamples = `The run was stopped: maskvlm report --run ${basename(path)} adds them.`;
  try {
    say(`report: ${await writeReport(path, { threads, ...(interrupted ? { withoutSamples } : {}) })}`);
  } catch (error) {
    say(`no report: ${(error as Error).message}`);
  }
}

/** The state that the run goes on from: its latest checkpoint, or a fresh start where it is new or was stopped before its first one. */
async function startState(
  run: RunFolder,
  layout: FlatLayout,
  { resume, ...sources }: TrainingOptions,
): Promise<TrainingState> {
  await clearLeftovers(run.path);
  if (resume) {
    const present = await findCheckpoints(run.path);
    const name = ['latest', 'best'].find((wanted) => present.has(wanted));
    if (name) return loadCheckpoint(run.path, name, layout);
    say(`${run.path} has no checkpoint yet: starting from the first step`);
  }
  const parameters = initialParameters(layout, run.recipe.seed, run.recipe.init.deviation);
  await initializeFrom({ parameters, layout, run, say }, sources);
  const moment = () => new Float32Array(layout.size);
  return { step: 0, parameters, moment1: moment(), moment2: moment(), best: null };
}

async function runSteps(
  run: RunFolder,
  layout: FlatLayout,
  state: TrainingState,
  data: RunData,
  { stopAfter, device = 'cpu', threads = 0 }: TrainingOptions,
): Promise<number> {
  const { recipe, config } = run;
  const stepper = await openOn(device, run, layout, state, threads);
  const loader = openLoader({
    onSkipped: (picture) => progress.say(addSkipped(run.path, picture)),
    sources: data.train,
    settings: loaderSettings(recipe, config.image, TASKS[recipe.task].batches),
    tokenizerFile: run.tokenizerFile,
    startStep: state.step,
  });
  const steps = totalSteps(recipe, loader.samplesPerEpoch);
  const progress = showProgress(recipe.name, state.step, steps);
  const validate = data.held && besideTextOnly(data.held);
  const stop = watchStopSignals();
  try {
    const end = await train(state, {
      run: run.path,
      recipe,
      layout,
      stepper,
      steps,
      stopAfter: Math.min(steps, stopAfter ?? steps),
      log: await openMetricsLog(run.path, state.step, recipe.log),
      progress,
      signal: stop.signal,
      batches: loader,
      validate:
        validate &&
        ((now) => {
          const model = runModel(run, now.parameters, layout);
          return unlessAborted(stop.signal, () => validate(model, { threads, signal: stop.signal }));
        }),
    });
    if (end.step < steps) say(`stopped after step ${end.step} of ${steps}; go on with the same command and --resume`);
  } finally {
    await loader.close();
    await stepper.release();
    stop.release();
  }
  return stop.exitStatus();
}

/** Loads the step on a device. Throws what the device lacks. */
async function openOn(
  device: Device,
  { recipe, config, tokenizer }: RunFolder,
  layout: FlatLayout,
  weights: Weights,
  threads: number,
): Promise<Stepper> {
  try {
    const step = await openStep(recipe, config, tokenizer.special, layout, { device, threads });
    return await openStepper(step, weights, device);
  } catch (error) {
    if (device === 'cpu') throw error;
    const [reason] = (error as Error).message.split('\n');
    throw new ExpectationError(`--device ${device}`, 'a device that onnxruntime finds here', `"${reason}"`);
  }
}

/** What `work` gives, or null where `signal` stopped it. */
async function unlessAborted<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (signal.aborted) return null;
    throw error;
  }
}
