import { expect } from '../../model/errors.js';
import { patchGrid } from '../../model/masking/masking.js';
import { type Recipe, samplesPerStep } from '../recipe/recipe.js';
import type { JobSettings } from './batch-job.js';
import type { Batch } from './batches/batch.js';
import type { BatchKind } from './batches/batch-makers.js';
import { type JobThread, openInlineThread, openWorkerThread } from './job-thread.js';
import { createRasterCache } from './raster-cache.js';
import { describeSkipped, type SkippedPicture } from './read-data.js';
import { type PlanSettings, planSamples, type SamplePlan } from './sample-plan.js';
import type { ItemSource } from './training-item.js';

export interface LoaderSettings extends JobSettings, PlanSettings {
  /** Worker threads; 0 makes every batch in the calling thread, when it is asked for. */
  workers: number;
  /** Batches that workers may make before they are asked for. */
  ahead: number;
  /** Memory for decoded pictures, shared by all workers. */
  cacheMiB: number;
  /** Largest share of the items whose pictures may turn out to be unusable, in [0, 1]. */
  maxSkippedShare: number;
}

export interface LoaderOptions {
  sources: readonly ItemSource[];
  settings: LoaderSettings;
  /** Hugging Face tokenizer.json. */
  tokenizerFile: string;
  /** The step of the first batch; default 0. */
  startStep?: number;
  /** Hears of a picture that batches do without, once. */
  onSkipped?: (picture: SkippedPicture) => void;
}

/** Gives the batches of a run in order. The batch of a step depends on the data, the seed and the step, never on the workers. */
export interface Loader {
  /** Samples in an epoch; a step takes B of them. */
  readonly samplesPerEpoch: number;
  /** Milliseconds that `next` has waited so far, all calls together. */
  readonly waitMs: number;
  /** The epoch, from 0, that a step's first sample belongs to. */
  epochOf(step: number): number;
  /**
   * The next step's batch. Rejects, naming pictures, when none of a batch or more than `maxSkippedShare` cannot be used, and when a worker
   * ends unexpectedly.
   */
  next(): Promise<Batch>;
  /** Gives back a batch that is no longer used: the next ones are written into its memory, which spares much collecting. */
  release(batch: Batch): void;
  /** Ends the workers; batches that were made ahead are dropped. */
  close(): Promise<void>;
}

/** The loader's part of a recipe, for a model with pictures of `size` and patches of `patch` pixels. */
export function loaderSettings(
  recipe: Recipe,
  { size, patch }: { size: number; patch: number },
  batches: BatchKind,
): LoaderSettings {
  const { seed, image, text, augment, masking, losses, itc, answers, data, loader } = recipe;
  return {
    batches,
    seed,
    imageSize: size,
    patchSize: patch,
    ...image,
    maxLength: text.maxLength,
    augment,
    losses,
    masking: { image: masking.image, text: masking.text },
    answers,
    itcTargets: itc.targets,
    visit: data.visit,
    batchSize: samplesPerStep(recipe),
    textsPerPicture: recipe.schedule.textsPerPicture,
    maxSkippedShare: data.maxSkippedShare,
    ...loader,
  };
}

/** Opens a loader and starts on the first batches. Throws when there is nothing to load or the settings do not fit together. */
export function openLoader(options: LoaderOptions): Loader {
  const { sources, settings, startStep = 0 } = options;
  if (settings.batches === 'pairs') patchGrid(settings.imageSize, settings.patchSize, settings.masking.image.unit);
  const plan = planSamples(sources, settings);
  const pool = openPool(plan, options);
  const ahead = settings.workers ? settings.ahead : 0;
  const made = new Map<number, Promise<Batch>>();
  let [asked, started, waitMs] = [startStep, startStep, 0];

  const startUntil = (step: number) => {
    for (; started < step; started++) {
      const batch = pool.make(started);
      // Whoever asks for the step gets the error; nobody may ever ask.
      batch.catch(() => undefined);
      made.set(started, batch);
    }
  };
  startUntil(asked + ahead);
  return {
    samplesPerEpoch: plan.samplesPerEpoch,
    epochOf: plan.epochOf,
    get waitMs() {
      return waitMs;
    },
    async next() {
      const since = performance.now();
      const step = asked++;
      startUntil(asked + ahead);
      const batch = await made.get(step)!;
      waitMs += performance.now() - since;
      made.delete(step);
      return batch;
    },
    release: pool.release,
    close: pool.close,
  };
}

/**
 * Jobs that a worker has in hand: the training step blocks the thread that hands them out, and with one more waiting a worker that is
 * done goes on meanwhile.
 */
const JOBS_PER_WORKER = 2;

/** Threads that take steps in order, each one as soon as a thread has room: the later, the more pictures are known to be decoded. */
function openPool(plan: SamplePlan, { sources, settings, tokenizerFile, onSkipped }: LoaderOptions) {
  const doWithout = countSkipped(sources, settings, onSkipped);
  const cache = createRasterCache(settings.cacheMiB * 2 ** 20);
  const start = { tokenizerFile, settings };
  const threads: JobThread[] = settings.workers
    ? Array.from({ length: settings.workers }, () => openWorkerThread(start))
    : [openInlineThread(start)];
  const idle = settings.workers ? Array.from({ length: JOBS_PER_WORKER }, () => threads).flat() : [...threads];
  const queue: ((thread: JobThread) => void)[] = [];
  const spares: Float32Array[] = [];

  const free = (thread: JobThread) => {
    const next = queue.shift();
    if (next) next(thread);
    else idle.push(thread);
  };
  const make = async (step: number): Promise<Batch> => {
    const thread = idle.shift() ?? (await new Promise<JobThread>((resolve) => queue.push(resolve)));
    try {
      const samples = plan.batch(step).map(({ item: { pictures, texts, target }, textIndex }) => ({
        pictures: pictures.map((picture) => ({ ...picture, raster: cache.get(picture.key) })),
        text: texts[textIndex]!,
        textIndex,
        target,
      }));
      const { batch, decoded, skipped } = await thread.run({ step, samples, spare: spares.pop() });
      for (const [key, raster] of decoded) cache.add(key, raster);
      doWithout(skipped);
      return batch;
    } finally {
      free(thread);
    }
  };
  const close = async () => {
    await Promise.all(threads.map((thread) => thread.close()));
  };
  const release = (batch: Batch) => {
    // Memory that has moved on to another thread is empty here.
    const pixels = batch.inputs.pixel_values.data as Float32Array;
    if (pixels.length) spares.push(pixels);
  };
  return { make, release, close };
}

/** Takes note of pictures that cannot be used. Throws when they are too many. */
function countSkipped(
  sources: readonly ItemSource[],
  { maxSkippedShare }: LoaderSettings,
  onSkipped: LoaderOptions['onSkipped'],
): (skipped: ReadonlyMap<string, SkippedPicture>) => void {
  const all = sources.reduce((sum, { items }) => sum + items.length, 0);
  const known = new Set<string>();
  let last: SkippedPicture | undefined;
  return (skipped) => {
    for (const [key, picture] of skipped) {
      if (known.has(key)) continue;
      known.add(key);
      last = picture;
      onSkipped?.(picture);
    }
    if (!last) return;
    expect(
      known.size <= maxSkippedShare * all,
      'pictures of the training data',
      `at most ${maxSkippedShare * 100} % unusable (data.maxSkippedShare)`,
      `${known.size} among those of ${all} examples, such as ${describeSkipped(last)}`,
    );
  };
}
