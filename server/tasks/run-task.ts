import { PictureError } from '../../model/image/picture.js';
import { problemOf } from '../http/problem-of.js';
import type { TextAndPictures } from '../inference/graphs/pair-feeds.js';
import type { EncodeOptions, LoadedModel } from '../inference/loaded-model.js';
import { noTimes, type StageTimes } from '../inference/stage-times.js';

/** Milliseconds of each stage. */
export interface TaskTimes extends StageTimes {
  /** After encoding: reading picture and text together, waiting for others included. */
  answerMs: number;
  totalMs: number;
}

export interface TaskInput {
  /** By the fields that they came in, in the order in which the model takes them. */
  pictures: Readonly<Record<string, Uint8Array>>;
  text: string;
  signal: AbortSignal;
}

/** What a task does with its pictures and text once they are encoded. */
export type Decide<Found> = (model: LoadedModel, input: TextAndPictures, options: EncodeOptions) => Promise<Found>;

export interface TaskResult<Found> {
  found: Found;
  /** Whether the text was longer than the model reads. */
  truncated: boolean;
  times: TaskTimes;
}

/**
 * Encodes the pictures and the text of a task side by side, and has the task decide.
 * @throws Problem that names the field of a picture that cannot be used; OverloadedError, AbortedError
 */
export async function runTask<Found>(
  model: LoadedModel,
  { pictures, text, signal }: TaskInput,
  decide: Decide<Found>,
): Promise<TaskResult<Found>> {
  const started = performance.now();
  const options = { times: noTimes(), signal };
  const [images, [sentence]] = await Promise.all([
    model.imageTokens(Object.values(pictures), options),
    model.textTokens([text], options),
  ]);
  const fields = Object.keys(pictures);
  const usable = images.map((image, i) => {
    if (image instanceof PictureError) throw problemOf(image, fields[i]);
    return image;
  });
  const encodedAt = performance.now();
  const found = await decide(model, { images: usable, text: sentence! }, options);
  const now = performance.now();
  const times = { ...options.times, answerMs: now - encodedAt, totalMs: now - started };
  return { found, truncated: sentence!.truncated, times };
}
