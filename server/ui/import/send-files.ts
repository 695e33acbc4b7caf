import { addItems, type ItemResult } from '../api.js';
import { ApiError } from '../send.js';
import { batchesOf } from './batches.js';

/** What became of a file: nothing is wrong, or what is. */
export interface Outcome {
  file: File;
  error?: string;
}

export interface SendOptions {
  collection: string;
  /** Whether the words of a file's name describe its picture. */
  namesAreCaptions: boolean;
  signal: AbortSignal;
  onOutcomes(outcomes: Outcome[]): void;
}

/** Statuses that are the file's own fault. */
const FAULTS = [400, 408, 413, 415, 422];

/** The words of a file's name: `two_red-balls.jpg` says `two red balls`. */
function captionOf(name: string): string {
  return name
    .replace(/\.[^.]*$/, '')
    .replace(/[_\-.\s]+/g, ' ')
    .trim();
}

function formOf(files: readonly File[], namesAreCaptions: boolean): FormData {
  const form = new FormData();
  for (const file of files) {
    form.append('image', file, file.name);
    form.append('metadata', JSON.stringify({ file: file.name }));
    if (namesAreCaptions) form.append('caption', captionOf(file.name));
  }
  return form;
}

const outcomeOf = (file: File, result: ItemResult | undefined): Outcome =>
  result?.status === 'error' ? { file, error: result.error?.detail ?? 'It could not be added.' } : { file };

/**
 * Sends files a batch at a time and tells what became of each. Where a whole batch is refused its files are sent one by one, since the
 * answer then tells only what is wrong with the first.
 * @throws ApiError for what concerns more than one file: no space, no such collection, no server
 */
export async function sendFiles(files: readonly File[], options: SendOptions): Promise<void> {
  const { collection, namesAreCaptions, signal, onOutcomes } = options;
  for (const batch of batchesOf(files)) {
    signal.throwIfAborted();
    try {
      const results = await addItems(collection, formOf(batch, namesAreCaptions), signal);
      onOutcomes(batch.map((file, index) => outcomeOf(file, results[index])));
    } catch (error) {
      if (!(error instanceof ApiError) || !FAULTS.includes(error.status)) throw error;
      if (batch.length === 1) onOutcomes([{ file: batch[0]!, error: error.message }]);
      else for (const file of batch) await sendFiles([file], options);
    }
  }
}
