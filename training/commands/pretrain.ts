// maskvlm pretrain --recipe training/recipes/ucm.yaml --out runs/ucm
import { ExpectationError } from '../../model/errors.js';
import { modelParameters } from '../../model/maskvlm/parameters.js';
import { type Device, type HostTensor, openSession } from '../../model/onnx/session.js';
import { type Loader, loaderSettings, openLoader } from '../data/loader.js';
import type { PretrainBatch } from '../data/pretrain-batch.js';
import { type DataSource, readData } from '../data/read-data.js';
import type { PretrainingSettings } from '../objectives/pretraining.js';
import { loadRecipe } from '../recipe/load-recipe.js';
import type { Recipe } from '../recipe/recipe.js';
import { loadCheckpoint, type TrainingState } from '../run/checkpoint.js';
import { initialParameters, loadParameters, readParameters } from '../run/initialize.js';
import { rewindMetrics } from '../run/metrics-log.js';
import { showProgress } from '../run/progress.js';
import { createRun, type RunFolder, reopenRun } from '../run/run-folder.js';
import { type BatchStream, train } from '../run/train.js';
import { validateRetrieval } from '../run/validate-retrieval.js';
import { type FlatLayout, flatLayout } from '../step/flat-parameters.js';
import { pretrainingSettings } from '../step/pretraining-settings.js';
import { trainingGraph } from '../step/training-graph.js';

export interface PretrainOptions {
  recipe: string;
  out: string;
  init?: string;
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
  const run = options.resume ? await reopenRun(options.out, yaml) : await createRun(options.out, recipe, yaml, sources);
  const layout = flatLayout(modelParameters(run.config, recipe.itc.temperature.init));
  const state = await startState(run, layout, options);
  await rewindMetrics(run.path, state.step);
  say(
    `${recipe.name}: ${layout.size.toLocaleString('en')} parameters, ${sources.train.reduce((sum, { records }) => sum + records.length, 0)} training pictures`,
  );
  return runSteps(run, layout, state, sources, options);
}

async function readSources({ data, text }: Recipe): Promise<{ train: DataSource[]; val: DataSource[] }> {
  const settings = { cleaning: text.cleaning, check: data.check, maxSkippedShare: data.maxSkippedShare };
  const sources = { train: await readData(data.train, settings), val: await readData(data.val, settings) };
  for (const { skipped } of [...sources.train, ...sources.val]) {
    if (skipped.length > 0)
      say(
        `skipped ${skipped.length} pictures: ${skipped
          .slice(0, 5)
          .map(({ imageFile, reason }) => `${imageFile} (${reason})`)
          .join(', ')}`,
      );
  }
  return sources;
}

async function startState(
  run: RunFolder,
  layout: FlatLayout,
  { resume, init }: PretrainOptions,
): Promise<TrainingState> {
  if (resume) return loadCheckpoint(run.path, 'latest', layout);
  const parameters = initialParameters(layout, run.recipe.seed);
  if (init) {
    const { loaded, missing, unexpected } = loadParameters(parameters, layout, await readParameters(init));
    if (loaded.length === 0) throw new ExpectationError(`--init ${init}`, 'parameters of this model', 'none that fits');
    say(`--init: ${loaded.length} parameters loaded, ${list('missing', missing)}, ${list('unexpected', unexpected)}`);
  }
  return {
    step: 0,
    parameters,
    moment1: new Float32Array(layout.size),
    moment2: new Float32Array(layout.size),
    best: null,
  };
}

const list = (what: string, names: string[]) =>
  `${names.length} ${what}${names.length > 0 ? ` (${names.join(', ')})` : ''}`;

async function runSteps(
  run: RunFolder,
  layout: FlatLayout,
  state: TrainingState,
  sources: { train: DataSource[]; val: DataSource[] },
  options: PretrainOptions,
): Promise<number> {
  const { recipe, config, tokenizer, tokenizerFile } = run;
  const settings = pretrainingSettings(recipe, tokenizer.special.mask, 'sampled');
  const threads = options.threads ?? 0;
  const session = await openSession(trainingGraph(config, layout, settings, recipe.optimizer), {
    device: options.device,
    threads,
  });
  const loader = openLoader({
    sources: sources.train,
    settings: loaderSettings(recipe, config.image.size, config.image.patch),
    tokenizerFile,
    startStep: state.step,
  });
  const steps =
    recipe.schedule.steps ?? Math.ceil((recipe.schedule.epochs! * loader.samplesPerEpoch) / recipe.schedule.batchSize);
  const records = sources.val.flatMap((source) => source.records).slice(0, recipe.evaluate.limit ?? undefined);
  const signal = watchSignals();
  try {
    const end = await train(state, {
      run: run.path,
      recipe,
      layout,
      session,
      steps,
      stopAfter: Math.min(steps, options.stopAfter ?? steps),
      progress: showProgress(recipe.name, state.step, steps),
      interrupted: () => signal.received !== null,
      batches: batchStream(loader, config.image.size, settings),
      validate:
        records.length > 0
          ? async ({ parameters }) => validation(await validateRetrieval(run, parameters, layout, records, threads))
          : undefined,
    });
    if (end.step < steps) say(`stopped after step ${end.step} of ${steps}; go on with the same command and --resume`);
  } finally {
    await loader.close();
    await session.release();
    signal.stop();
  }
  return signal.received === 'SIGINT' ? 130 : signal.received === 'SIGTERM' ? 143 : 0;
}

function validation({ meanRecall, textToImage, imageToText, itcOnly }: Awaited<ReturnType<typeof validateRetrieval>>) {
  const values = {
    meanRecall,
    textToImageR1: textToImage.r1,
    imageToTextR1: imageToText.r1,
    itcMeanRecall: itcOnly.meanRecall,
  };
  return { metric: meanRecall, values };
}

/** The loader's batches as the inputs that a graph with these settings has. */
function batchStream(loader: Loader, imageSize: number, settings: PretrainingSettings): BatchStream {
  return {
    epochOf: loader.epochOf,
    get waitMs() {
      return loader.waitMs;
    },
    async next() {
      const batch = await loader.next();
      return { inputs: batchInputs(batch, imageSize, settings), release: () => loader.release(batch) };
    },
  };
}

function batchInputs(
  batch: PretrainBatch,
  S: number,
  { batch: B, length, losses }: PretrainingSettings,
): Record<string, HostTensor> {
  const float = (shape: number[], data: Float32Array): HostTensor => ({ dtype: 'float32', shape, data });
  const int = (data: BigInt64Array): HostTensor => ({ dtype: 'int64', shape: [B, length], data });
  const pairwise = (data: Float32Array) => float([B, B], data);
  return {
    pixel_values: float([B, 3, S, S], batch.pixelValues),
    input_ids: int(batch.inputIds),
    attention_mask: int(batch.attentionMask),
    ...(losses.mim && { image_mask: float([B, batch.imageMask.length / B], batch.imageMask) }),
    ...(losses.mlm && { text_mask: float([B, length], batch.textMask) }),
    ...(losses.itc && { itc_targets: pairwise(batch.itcTargets) }),
    ...(losses.itm && {
      negative_allowed: pairwise(batch.negativeAllowed),
      gumbel_image: pairwise(batch.gumbelImage),
      gumbel_text: pairwise(batch.gumbelText),
    }),
  };
}

/** Notes the first SIGINT or SIGTERM, so that the step in hand can end and be saved; a second one ends the process at once. */
function watchSignals() {
  const state: { received: NodeJS.Signals | null; stop: () => void } = { received: null, stop: () => undefined };
  const onSignal = (signal: NodeJS.Signals) => {
    if (state.received) process.exit(signal === 'SIGINT' ? 130 : 143);
    state.received = signal;
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  state.stop = () => void process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  return state;
}
