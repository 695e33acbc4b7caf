import type { Raster } from '../../model/image/picture.js';
import { loadTokenizer } from '../../model/tokenizer/tokenizer.js';
import type { Batch, BatchMaker, BatchSettings } from './batches/batch.js';
import { BATCH_MAKERS, type BatchKind } from './batches/batch-makers.js';
import { loadRaster } from './load-raster.js';
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

/** A batch, and the pictures that had to be decoded for it, by key. */
export interface BatchResult {
  batch: Batch;
  decoded: Map<string, Raster>;
}

export type JobRunner = (job: BatchJob) => Promise<BatchResult>;

/** What jobs are done with. */
export interface JobSettings extends BatchSettings {
  batches: BatchKind;
}

/** Makes the function that does jobs, in a worker or in the calling thread alike. Throws for a tokenizer that cannot be read. */
export function createJobRunner(tokenizerFile: string, settings: JobSettings): JobRunner {
  // The samples of a run have the targets of its kind of batches: see the table of tasks.
  const makeBatch = BATCH_MAKERS[settings.batches](loadTokenizer(tokenizerFile), settings) as BatchMaker<unknown>;
  return async ({ step, samples, spare }) => {
    const decoded = new Map<string, Raster>();
    const load = async ({ image, key }: JobPicture) => {
      const loaded = await loadRaster(image, settings.imageSize);
      decoded.set(key, loaded);
      return loaded;
    };
    const loading = new Map<string, Promise<Raster>>();
    const rasterOf = (picture: JobPicture) => {
      if (picture.raster) return picture.raster;
      const { key } = picture;
      if (!loading.has(key)) loading.set(key, load(picture));
      return loading.get(key)!;
    };
    const loaded = await Promise.all(
      samples.map(async ({ pictures, ...sample }) => ({
        ...sample,
        pictureKeys: pictures.map(({ key }) => key),
        rasters: await Promise.all(pictures.map(rasterOf)),
      })),
    );
    return { batch: makeBatch(step, loaded, spare), decoded };
  };
}
