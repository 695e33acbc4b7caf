import { Worker } from 'node:worker_threads';
import { ExpectationError } from '../../model/errors.js';
import { type BatchJob, type BatchResult, createJobRunner } from './batch-job.js';
import type { WorkerReply, WorkerRequest, WorkerStart } from './loader-worker.js';

/** Does one job at a time; further ones wait their turn. */
export interface JobThread {
  /** Rejects with the job's own error, and with the reason when the thread has ended. */
  run(job: BatchJob): Promise<BatchResult>;
  /** Resolves when the thread is gone; a job under way is finished first, and its result dropped, as are the jobs that wait. */
  close(): Promise<void>;
}

/** Does jobs in the calling thread. */
export function openInlineThread({ tokenizerFile, settings }: WorkerStart): JobThread {
  return { run: createJobRunner(tokenizerFile, settings), close: async () => undefined };
}

/** Does jobs in a worker thread of its own. */
export function openWorkerThread(start: WorkerStart): JobThread {
  const worker = new Worker(new URL('./loader-worker.js', import.meta.url), { workerData: start });
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  let ended: Error | undefined;
  /** Those who asked, in the order in which the worker answers. */
  const pending: { resolve: (result: BatchResult) => void; reject: (error: Error) => void }[] = [];

  const end = (reason: Error) => {
    ended ??= reason;
    for (const { reject } of pending.splice(0)) reject(ended);
  };
  worker.on('message', (reply: WorkerReply) => {
    const job = pending.shift();
    if ('failure' in reply) job?.reject(restoreError(reply.failure));
    else job?.resolve(reply);
  });
  worker.on('error', (error) => end(restoreError(error as Error & Partial<ExpectationError>)));
  worker.on('exit', (code) => end(restoreError({ message: `its end with exit code ${code}` })));
  return {
    run: (job) =>
      new Promise((resolve, reject) => {
        if (ended) return reject(ended);
        pending.push({ resolve, reject });
        worker.postMessage(job satisfies WorkerRequest, job.spare ? [job.spare.buffer as ArrayBuffer] : []);
      }),
    async close() {
      worker.postMessage('close' satisfies WorkerRequest);
      await exited;
    },
  };
}

/** An error that crossed from the worker: what it expected where it says so, else what became of the worker. */
function restoreError(error: { what?: string; expected?: string; got?: string; message?: string }): ExpectationError {
  const { what, expected, got, message } = error;
  if (what !== undefined && expected !== undefined) return new ExpectationError(what, expected, String(got));
  return new ExpectationError('loader worker', 'to run until it is closed', String(message));
}
