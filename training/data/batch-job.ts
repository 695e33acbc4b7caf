import { ExpectationError } from '../../model/errors.js';
import type { Raster } from '../../model/image/picture.js';
import { loadTokenizer } from '../../model/tokenizer/tokenizer.js';
import type { Batch, BatchMaker, BatchSettings } from './batches/batch.js';
import { BATCH_MAKERS, type BatchKind } from './batches/batch-makers.js';
import { imageName } from './image-source.js';
import { loadRaster } from './load-raster.js';
import type { SkippedPicture } from './read-data.js';
import type { ItemPicture } from './training-item.js';

/** A picture as it is sent to a worker; `raster` where it was decoded before. */
export interface JobPicture extends ItemPicture {
  raster: Raster | undefined;
}

/** A sample as it is sent to a worker. */
export interface JobSample {
  pictures: readonly JobPicture[];
  text: string;
  textIndex: number;
  target: unknown;
}

/** Everything that the batch of one step is made from. */
export interface BatchJob {
  step: number;
  samples: JobSample[];
  /** Pixel memory of a batch that is no longer used, to write this one into. */
  spare: Float32Array | undefined;
}

/** A batch, and by key the pictures that had to be decoded for it, and those of them that could not be used. */
export interface BatchResult {
  batch: Batch;
  decoded: Map<string, Raster>;
  skipped: Map<string, SkippedPicture>;
}

export type JobRunner = (job: BatchJob) => Promise<BatchResult>;

/** What jobs are done with. */
export interface JobSettings extends BatchSettings {
  batches: BatchKind;
}

/**
 * Makes the function that does jobs, in a worker or in the calling thread alike. A sample whose picture cannot be used gives its place to the
 * next one of its batch, so that the batch is the same whoever makes it. Throws for a tokenizer that cannot be read; a job does where none
 * of its samples can be used.
 */
export function createJobRunner(tokenizerFile: string, settings: JobSettings): JobRunner {
  // The samples of a run have the targets of its kind of batches: see the table of tasks.
  const makeBatch = BATCH_MAKERS[settings.batches](loadTokenizer(tokenizerFile), settings) as BatchMaker<unknown>;
  return async ({ step, samples, spare }) => {
    const decoded = new Map<string, Raster>();
    const skipped = new Map<string, SkippedPicture>();
    const load = async ({ image, key }: JobPicture) => {
      try {
        const loaded = await loadRaster(image, settings.imageSize);
        decoded.set(key, loaded);
        return loaded;
      } catch (error) {
        if (error instanceof ExpectationError) skipped.set(key, { name: imageName(image), reason: `got ${error.got}` });
        throw error;
      }
    };
    const loading = new Map<string, Promise<Raster>>();
    const rasterOf = (picture: JobPicture) => {
      if (picture.raster) return picture.raster;
      const { key } = picture;
      if (!loading.has(key)) loading.set(key, load(picture));
      return loading.get(key)!;
    };
    const loaded = await Promise.allSettled(
      samples.map(async ({ pictures, ...sample }) => ({
        ...sample,
        pictureKeys: pictures.map(({ key }) => key),
        rasters: await Promise.all(pictures.map(rasterOf)),
      })),
    );
    return { batch: makeBatch(step, loaded.map(usable), spare), decoded, skipped };
  };
}

/** The value of one place in a list, or else that of the next place that has one, the first after the last. Throws why there is none. */
function usable<T>(outcome: PromiseSettledResult<T>, index: number, all: readonly PromiseSettledResult<T>[]): T {
  if (outcome.status === 'fulfilled') return outcome.value;
  if (!(outcome.reason instanceof ExpectationError)) throw outcome.reason;
  const inTurn = [...all.slice(index), ...all.slice(0, index)];
  const next = inTurn.find((other) => other.status === 'fulfilled');
  if (!next) throw outcome.reason;
  return next.value;
}
