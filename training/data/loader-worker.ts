import { parentPort, workerData } from 'node:worker_threads';
import { ExpectationError } from '../../model/errors.js';
import { type BatchJob, type BatchResult, createJobRunner } from './batch-job.js';
import type { BatchSettings, PretrainBatch } from './pretrain-batch.js';

/** What a loader worker is started with. */
export interface WorkerStart {
  tokenizerFile: string;
  settings: BatchSettings;
}

/** A job, or the wish that the worker ends once its jobs are done. */
export type WorkerRequest = BatchJob | 'close';

/** A result, or an error in parts: classes do not survive the way between threads. */
export type WorkerReply = BatchResult | { failure: { what: string; expected: string; got: string } };

const { tokenizerFile, settings } = workerData as WorkerStart;
const port = parentPort!;
const run = createJobRunner(tokenizerFile, settings);

port.on('message', async (request: WorkerRequest) => {
  if (request === 'close') {
    port.close();
    return;
  }
  try {
    const result = await run(request);
    port.postMessage(result satisfies WorkerReply, buffersOf(result.batch));
  } catch (error) {
    if (!(error instanceof ExpectationError)) throw error;
    const { what, expected, got } = error;
    port.postMessage({ failure: { what, expected, got } } satisfies WorkerReply);
  }
});

function buffersOf(batch: PretrainBatch): ArrayBuffer[] {
  return Object.values(batch).flatMap((value) => (ArrayBuffer.isView(value) ? [value.buffer as ArrayBuffer] : []));
}
