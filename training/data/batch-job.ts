import type { Raster } from '../../model/image/picture.js';
import { loadTokenizer } from '../../model/tokenizer/tokenizer.js';
import type { ImageSource } from './image-source.js';
import { loadRaster } from './load-raster.js';
import { type BatchSettings, createBatchMaker, type PretrainBatch } from './pretrain-batch.js';
import type { PairIdentity } from './same-pairs.js';

/** A sample as it is sent to a worker; `raster` where the picture was decoded before. */
export interface JobSample extends PairIdentity {
  image: ImageSource;
  text: string;
  raster: Raster | undefined;
}

/** Everything that the batch of one step is made from. */
export interface BatchJob {
  step: number;
  samples: JobSample[];
  /** Pixel memory of a batch that is no longer used, to write this one into. */
  spare: Float32Array | undefined;
}

/** A batch, and the pictures that had to be decoded for it, by image key. */
export interface BatchResult {
  batch: PretrainBatch;
  decoded: Map<string, Raster>;
}

export type JobRunner = (job: BatchJob) => Promise<BatchResult>;

/** Makes the function that does jobs, in a worker or in the calling thread alike. Throws for a tokenizer that cannot be read. */
export function createJobRunner(tokenizerFile: string, settings: BatchSettings): JobRunner {
  const makeBatch = createBatchMaker(loadTokenizer(tokenizerFile), settings);
  return async ({ step, samples, spare }) => {
    const decoded = new Map<string, Raster>();
    const loaded = await Promise.all(
      samples.map(async (sample) => {
        if (sample.raster) return { ...sample, raster: sample.raster };
        const raster = await loadRaster(sample.image, settings.imageSize);
        decoded.set(sample.imageKey, raster);
        return { ...sample, raster };
      }),
    );
    return { batch: makeBatch(step, loaded, spare), decoded };
  };
}
