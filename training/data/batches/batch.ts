import type { Raster } from '../../../model/image/picture.js';
import type { ImageMasking } from '../../../model/masking/masking.js';
import type { HostTensor } from '../../../model/onnx/session.js';
import type { Tokenizer } from '../../../model/tokenizer/tokenizer.js';
import type { Augmentation } from '../view.js';

/** One step's inputs to the training graph by name, as arrays of their own that can be transferred between threads. */
export interface Batch {
  step: number;
  /** `pixel_values` [pictures,3,S,S] is augmented and normalised. */
  inputs: { pixel_values: HostTensor } & Record<string, HostTensor>;
}

/** A sample whose pictures are at hand. */
export interface LoadedSample<Target> {
  rasters: readonly Raster[];
  pictureKeys: readonly string[];
  text: string;
  textIndex: number;
  target: Target;
}

/** What batches are made by, whatever the task. */
export interface BatchSettings {
  seed: number;
  /** Picture side S and patch side P in pixels. */
  imageSize: number;
  patchSize: number;
  mean: readonly number[];
  std: readonly number[];
  /** k: samples side by side that share their pictures. */
  textsPerPicture: number;
  /** L. */
  maxLength: number;
  augment: Augmentation;
  /** Which losses a pre-training batch serves, and how it is masked. */
  losses: Readonly<Record<'itc' | 'itm' | 'mlm' | 'mim', boolean>>;
  masking: { image: ImageMasking; text: { ratio: number } };
  itcTargets: 'diagonal' | 'caption';
  /** VQA: answers of a question, and T, the tokens of an answer with [START] or [END]. */
  answers: { perQuestion: number; maxLength: number };
}

/** `spare` is pixel memory of an earlier batch to write into. */
export type BatchMaker<Target> = (
  step: number,
  samples: readonly LoadedSample<Target>[],
  spare?: Float32Array,
) => Batch;

/**
 * Makes the function that turns samples into the batch of a step. What is random in it depends on the seed, the step and the row alone.
 * Throws for settings that do not fit together.
 */
export type OpenBatchMaker<Target> = (tokenizer: Tokenizer, settings: BatchSettings) => BatchMaker<Target>;

export const floats = (shape: number[], data: Float32Array): HostTensor => ({ dtype: 'float32', shape, data });
export const ids = (shape: number[], data: BigInt64Array): HostTensor => ({ dtype: 'int64', shape, data });
