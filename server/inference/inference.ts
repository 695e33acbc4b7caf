import type { Logger } from 'pino';
import { ANSWER_LENGTH } from '../../model/answers/generate-answers.js';
import type { BundleRole } from '../../model/bundle/bundle-role.js';
import { isMatcher, type Task } from '../../model/bundle/manifest.js';
import type { Bundle } from '../../model/bundle/read-bundle.js';
import { expect } from '../../model/errors.js';
import { PictureError, type PictureErrorCode, type PictureLimits } from '../../model/image/picture.js';
import { GRAPH_ROLES } from '../../model/maskvlm/inference-graphs.js';
import { reconstructionRoles } from '../../model/maskvlm/reconstruction-graphs.js';
import { NotOfferedError, UnknownModelError } from './errors.js';
import { ROLES } from './graphs/graphs.js';
import { LoadedModel, type ModelManifest } from './loaded-model.js';
import { ModelRunner } from './model-runner.js';
import type { ModelWorkerData } from './model-worker.js';
import { PicturePreparer } from './picture-preparer.js';
import { type Runner, Scheduler, type SchedulerOptions } from './scheduler.js';
import type { WorkOptions } from './work-queue.js';
import { type WorkerFailure, WorkerThread } from './worker-thread.js';

export interface InferenceOptions extends SchedulerOptions {
  /** Threads that hold sessions; each holds all of them, so more threads take more memory. */
  workers: number;
  /** Threads of one operator in one worker. */
  intraOpThreads: number;
  /** Folder of the store whose tokens are matched, which this process has open. */
  storeDir: string;
  /** Pictures that are decoded at the same time. */
  pictureSlots: number;
  pictureLimits: PictureLimits;
  log: Logger;
}

/** All loaded models, and the worker threads they share. */
export interface Inference {
  /** Whether every worker is loaded; false while a crashed one is replaced. */
  readonly ready: boolean;
  /** The first one is the default. */
  models(): LoadedModel[];
  /**
   * The model of that name, or else the first one that offers the task.
   * @throws UnknownModelError, NotOfferedError
   */
  model(name: string | undefined, task: Task): LoadedModel;
  /** As `model`, for what no task stands for: the first model that has the graph of that role. */
  modelWith(name: string | undefined, role: BundleRole): LoadedModel;
  /** As `model` for the task retrieval, of those that were trained to match (ITM). */
  matchingModel(name: string | undefined): LoadedModel;
  /** The model of that id, if it is loaded. */
  modelById(id: string): LoadedModel | undefined;
  /** A JPEG of the picture that fits into size x size pixels. */
  thumbnail(bytes: Uint8Array, size: number, options?: WorkOptions): Promise<Uint8Array>;
  /** Inputs that wait, by queue. */
  depths(): Map<string, number>;
  close(): Promise<void>;
}

function revive(failure: WorkerFailure): Error {
  const { name, message, stack, fields } = failure;
  if (name === 'PictureError') {
    return new PictureError(fields.code as PictureErrorCode, String(fields.expected), String(fields.got));
  }
  return Object.assign(new Error(message), { name, ...(stack ? { stack } : {}) });
}

function refuseSameNames(bundles: readonly Bundle[]): void {
  const names = bundles.map(({ manifest }) => manifest.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  expect(twice === undefined, 'BUNDLES', 'bundles with different names', `${twice} twice`);
}

const NEEDED: Record<Task, readonly BundleRole[]> = {
  ...GRAPH_ROLES,
  classify: GRAPH_ROLES.retrieval,
  reconstruct: ['text_encoder', ...reconstructionRoles],
};

/** Throws an ExpectationError where a bundle lacks a graph of a task that it offers. */
function checkGraphs({ manifest, graphFile }: Bundle): void {
  for (const role of manifest.tasks.flatMap((task) => NEEDED[task])) graphFile(role);
}

function modelData(
  bundles: readonly Bundle[],
  { intraOpThreads, storeDir }: Pick<InferenceOptions, 'intraOpThreads' | 'storeDir'>,
): ModelWorkerData {
  const models = bundles.map((bundle) => {
    const { name, graphs, image, text } = bundle.manifest;
    checkGraphs(bundle);
    const roles = ROLES.filter((role) => graphs[role] !== undefined);
    const files = roles.map((role): [BundleRole, string] => [role, bundle.graphFile(role)]);
    return {
      name,
      graphs: Object.fromEntries(files),
      tokenizerFile: bundle.tokenizerFile,
      maxLength: text.maxLength,
      answerLength: text.answerLength ?? ANSWER_LENGTH,
      imageSize: image.size,
    };
  });
  return { models, intraOpThreads, storeDir };
}

/**
 * Loads bundles into worker threads and runs every graph in each of them, as in those that replace them later, before it is given work.
 * @throws ExpectationError when two bundles have the same name; what the worker says when a graph or tokenizer does not load.
 */
export async function openInference(bundles: readonly Bundle[], options: InferenceOptions): Promise<Inference> {
  refuseSameNames(bundles);
  const onChange = (): void => {
    preparer.pump();
    scheduler.pump();
  };
  const thread = (file: string, name: string, data: unknown, prepare?: () => Promise<void>): WorkerThread =>
    new WorkerThread(new URL(file, import.meta.url), data, { name, log: options.log, prepare, revive, onChange });

  const pictureThread = thread('./picture-worker.js', 'pictures', options.pictureLimits);
  const preparer = new PicturePreparer(pictureThread, options.pictureSlots, options);
  const data = modelData(bundles, options);
  const runners = Array.from({ length: options.workers }, (_, i): ModelRunner => {
    const runner: ModelRunner = new ModelRunner(
      thread('./model-worker.js', `model ${i + 1}`, data, () => warmUp(runner)),
    );
    return runner;
  });
  const scheduler = new Scheduler(runners, options);
  const models = bundles.map(({ manifest }) => new LoadedModel(manifest, preparer, scheduler));
  const warmUp = async (runner: ModelRunner): Promise<void> => {
    // By itself: among several the first idle one would be given everything, and others' requests wait until it is warm.
    const alone: Runner = { ready: true, ahead: runner.ahead, run: (queue, inputs) => runner.run(queue, inputs) };
    const own = new Scheduler([alone], options, scheduler.times);
    for (const model of models) await model.warmUp(own);
  };
  const threads = [pictureThread, ...runners.map((runner) => runner.thread)];
  const close = async (): Promise<void> => {
    scheduler.close();
    await Promise.all([preparer.close(), ...runners.map((runner) => runner.thread.close())]);
  };
  try {
    await Promise.all(threads.map((worker) => worker.start()));
    return {
      get ready() {
        return threads.every((worker) => worker.ready);
      },
      models: () => models,
      model: (name, task) => findModel(models, name, task, ({ tasks }) => tasks.includes(task)),
      modelWith: (name, role) => findModel(models, name, role, ({ graphs }) => graphs[role] !== undefined),
      matchingModel: (name) =>
        findModel(models, name, 'matching (ITM)', (one) => one.tasks.includes('retrieval') && isMatcher(one)),
      modelById: (id) => models.find(({ manifest }) => manifest.id === id),
      thumbnail: (bytes, size, work) => preparer.run('thumbnail', { bytes, size }, work),
      depths: () => new Map([...preparer.depths(), ...scheduler.depths()]),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function findModel(
  models: readonly LoadedModel[],
  name: string | undefined,
  what: string,
  offers: (manifest: ModelManifest) => boolean,
): LoadedModel {
  const named = name === undefined ? models : models.filter(({ manifest }) => manifest.name === name);
  if (named.length === 0 && name !== undefined) {
    throw new UnknownModelError(
      name,
      models.map(({ manifest }) => manifest.name),
    );
  }
  const model = named.find(({ manifest }) => offers(manifest));
  if (!model)
    throw new NotOfferedError(name ? `the model ${name} does not offer ${what}` : `no loaded model offers ${what}`);
  return model;
}
