import { parentPort, workerData } from 'node:worker_threads';
import { ExpectationError } from '../../model/errors.js';
import { type BatchJob, type BatchResult, createJobRunner, type JobSettings } from './batch-job.js';
import type { Batch } from './batches/batch.js';

/** What a loader worker is started with. */
export interface WorkerStart {
  tokenizerFile: string;
  settings: JobSettings;
}

/** A job, or the wish that the worker ends once the job under way is done. */
export type WorkerRequest = BatchJob | 'close';

/** A result, or an error in parts: classes do not survive the way between threads. */
export type WorkerReply = BatchResult | { failure: { what: string; expected: string; got: string } };

const { tokenizerFile, settings } = workerData as WorkerStart;
const port = parentPort!;
const run = createJobRunner(tokenizerFile, settings);

let [last, closing] = [Promise.resolve(), false];
port.on('message', (request: WorkerRequest) => {
  if (request === 'close') {
    closing = true;
    port.close();
    return;
  }
  last = last.then(() => (closing ? undefined : answer(request)));
});

async function answer(job: BatchJob): Promise<void> {
  try {
    const result = await run(job);
    port.postMessage(result satisfies WorkerReply, buffersOf(result.batch));
  } catch (error) {
    if (!(error instanceof ExpectationError)) throw error;
    const { what, expected, got } = error;
    port.postMessage({ failure: { what, expected, got } } satisfies WorkerReply);
  }
}

const buffersOf = ({ inputs }: Batch): ArrayBuffer[] =>
  Object.values(inputs).map(({ data }) => data.buffer as ArrayBuffer);
