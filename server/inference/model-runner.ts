import type { Packed } from './graphs/graph-codec.js';
import { codecOf, type Work } from './graphs/graphs.js';
import type { RunRequest } from './model-worker.js';
import type { Batch, Runner } from './scheduler.js';
import type { WorkerThread } from './worker-thread.js';

/** Queue of one kind of work with one model. */
export const queueName = (model: string, work: Work): string => `${model}/${work}`;

/** Runs batches in a worker thread that holds the sessions. */
export class ModelRunner implements Runner {
  readonly ahead = 1;

  constructor(readonly thread: WorkerThread) {}

  get ready(): boolean {
    return this.thread.ready;
  }

  run(queue: string, inputs: (readonly unknown[])[]): Promise<Batch> {
    const slash = queue.lastIndexOf('/');
    const work = queue.slice(slash + 1) as Work;
    const packed: Packed<unknown>[] = inputs.map((list) => codecOf(work).pack(list));
    const request: RunRequest = { model: queue.slice(0, slash), work, messages: packed.map(({ message }) => message) };
    return this.thread.call<Batch>(
      request,
      packed.flatMap(({ transfer }) => transfer),
    );
  }
}
