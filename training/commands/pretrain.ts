// maskvlm pretrain --recipe training/recipes/ucm.yaml --out runs/ucm
import { basename } from 'node:path';
import { ExpectationError } from '../../model/errors.js';
import type { Graph } from '../../model/graph/graph.js';
import { modelParameters } from '../../model/maskvlm/parameters.js';
import { type Device, openSession, type Session } from '../../model/onnx/session.js';
import { loaderSettings, openLoader } from '../data/loader.js';
import { readData } from '../data/read-data.js';
import type { PairRecord } from '../data/records.js';
import type { RetrievalResult } from '../evaluation/retrieval.js';
import { loadRecipe } from '../recipe/load-recipe.js';
import type { Recipe } from '../recipe/recipe.js';
import { writeReport } from '../report/write-report.js';
import { pretrainBatches } from '../run/batch-stream.js';
import { loadCheckpoint, type TrainingState } from '../run/checkpoint.js';
import { clearLeftovers, findCheckpoints } from '../run/find-checkpoint.js';
import { type InitSources, initializeFrom } from '../run/init-sources.js';
import { initialParameters } from '../run/initialize.js';
import { rewindMetrics } from '../run/metrics-log.js';
import { showProgress } from '../run/progress.js';
import { createRun, type RunFolder, type RunSources, reopenRun } from '../run/run-folder.js';
import { totalSteps } from '../run/schedule.js';
import { listSkipped } from '../run/skipped-list.js';
import { watchStopSignals } from '../run/stop-signals.js';
import { train, type Validation } from '../run/train.js';
import { validateRetrieval, validationRecords } from '../run/validate-retrieval.js';
import { type FlatLayout, flatLayout } from '../step/flat-parameters.js';
import { pretrainingSettings } from '../step/pretraining-settings.js';
import { trainingGraph } from '../step/training-graph.js';

export interface PretrainOptions extends InitSources {
  recipe: string;
  out: string;
  resume?: boolean;
  stopAfter?: number;
  device?: Device;
  set?: string[];
  /** Threads of the training step; 0: one per core. */
  threads?: number;
}

const say = (text: string) => void process.stderr.write(`${text}\n`);

/** Pre-trains by a recipe into a run folder. Returns the exit status: 0, or 130 and 143 when a signal stopped it after saving. */
export async function pretrain(options: PretrainOptions): Promise<number> {
  const { recipe, yaml } = await loadRecipe(options.recipe, { set: options.set });
  const sources = await readSources(recipe);
  const open = options.resume ? reopenRun : createRun;
  const run = await open(options.out, recipe, yaml, sources);
  for (const line of await listSkipped(run.path, [...sources.train, ...sources.val])) say(line);
  const layout = flatLayout(modelParameters(run.config, recipe.itc.temperature.init));
  const state = await startState(run, layout, options);
  await rewindMetrics(run.path, state.step);
  say(
    `${recipe.name}: ${layout.size.toLocaleString('en')} parameters, ${sources.train.reduce((sum, { records }) => sum + records.length, 0)} training pictures`,
  );
  const status = await runSteps(run, layout, state, sources, options);
  await reportOn(run, status !== 0, options.threads);
  return status;
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

async function readSources({ data, text }: Recipe): Promise<RunSources> {
  const settings = { cleaning: text.cleaning, check: data.check, maxSkippedShare: data.maxSkippedShare };
  return {
    train: await readData('pairs', data.train, settings),
    val: await readData('pairs', data.val, { ...settings, heldOut: true }),
  };
}

/** The state that the run goes on from: its latest checkpoint, or a fresh start where it is new or was stopped before its first one. */
async function startState(
  run: RunFolder,
  layout: FlatLayout,
  { resume, ...sources }: PretrainOptions,
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
  sources: RunSources,
  { stopAfter, device = 'cpu', threads = 0 }: PretrainOptions,
): Promise<number> {
  const { recipe, config, tokenizer } = run;
  const settings = pretrainingSettings(recipe, tokenizer.special.mask, 'sampled');
  const session = await openOn(device, trainingGraph(config, layout, settings, recipe.optimizer), threads);
  const loader = openLoader({
    sources: sources.train,
    settings: loaderSettings(recipe, config.image.size, config.image.patch),
    tokenizerFile: run.tokenizerFile,
    startStep: state.step,
  });
  const steps = totalSteps(recipe, loader.samplesPerEpoch);
  const records = validationRecords(recipe, sources.val);
  const stop = watchStopSignals();
  try {
    const end = await train(state, {
      run: run.path,
      recipe,
      layout,
      session,
      steps,
      stopAfter: Math.min(steps, stopAfter ?? steps),
      progress: showProgress(recipe.name, state.step, steps),
      signal: stop.signal,
      batches: pretrainBatches(loader, config.image.size, settings),
      validate: records.length > 0 ? (now) => validate(run, now, layout, records, threads, stop.signal) : undefined,
    });
    if (end.step < steps) say(`stopped after step ${end.step} of ${steps}; go on with the same command and --resume`);
  } finally {
    await loader.close();
    await session.release();
    stop.release();
  }
  return stop.exitStatus();
}

/** Loads the training graph on a device. Throws what the device lacks. */
async function openOn(device: Device, graph: Graph, threads: number): Promise<Session> {
  try {
    return await openSession(graph, { device, threads });
  } catch (error) {
    if (device === 'cpu') throw error;
    const [reason] = (error as Error).message.split('\n');
    throw new ExpectationError(`--device ${device}`, 'a device that onnxruntime finds here', `"${reason}"`);
  }
}

async function validate(
  run: RunFolder,
  { parameters }: TrainingState,
  layout: FlatLayout,
  records: readonly PairRecord[],
  threads: number,
  signal: AbortSignal,
): Promise<Validation | null> {
  try {
    return validation(await validateRetrieval(run, parameters, layout, records, { threads, signal }));
  } catch (error) {
    if (signal.aborted) return null;
    throw error;
  }
}

function validation({ meanRecall, textToImage, imageToText, itcOnly }: RetrievalResult): Validation {
  const values = {
    meanRecall,
    textToImageR1: textToImage.r1,
    imageToTextR1: imageToText.r1,
    itcMeanRecall: itcOnly.meanRecall,
  };
  return { metric: meanRecall, values };
}
