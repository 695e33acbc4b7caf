import { PictureError, type PictureLimits } from '../../model/image/picture.js';
import type { PictureQueue, PictureReplies, PictureRequests } from './picture-worker.js';
import { type Batch, type Runner, Scheduler, type SchedulerOptions } from './scheduler.js';
import type { WorkOptions } from './work-queue.js';
import type { WorkerThread } from './worker-thread.js';

export interface PreparerOptions extends Pick<SchedulerOptions, 'queueSize' | 'onBatch'> {
  pictureLimits: PictureLimits;
}

/** A place in the worker thread: sharp works in threads of its own, so several pictures can be decoded at the same time. */
class PictureSlot implements Runner {
  readonly ahead = 0;
  #busy = false;

  constructor(
    readonly thread: WorkerThread,
    readonly seconds: number,
    readonly onFree: () => void,
  ) {}

  get ready(): boolean {
    return this.thread.ready && !this.#busy;
  }

  async run(queue: string, [inputs = []]: (readonly unknown[])[]): Promise<Batch> {
    const { bytes, ...rest } = inputs[0] as { bytes?: Uint8Array };
    // A copy that can move: the original may be a small part of a large buffer, or stored afterwards.
    const copy = bytes && new Uint8Array(bytes);
    const started = performance.now();
    const request = copy ? { ...rest, bytes: copy } : rest;
    const reply = await this.#inTime(this.thread.call({ queue, request }, copy ? [copy.buffer as ArrayBuffer] : []));
    return { outputs: [[reply]], runMs: performance.now() - started, prepareMs: 0 };
  }

  /**
   * The decoder notices that its time is up only between lines, and not while it reads a header. Whoever waits is told in time; the
   * place is taken until the decoder is done.
   */
  #inTime<Reply>(reply: Promise<Reply>): Promise<Reply> {
    this.#busy = true;
    return new Promise((resolve, reject) => {
      const late = (): void =>
        reject(new PictureError('timeout', `to be decoded in ${this.seconds} s`, 'one that takes longer'));
      const timer = setTimeout(late, this.seconds * 1000);
      const free = (): void => {
        clearTimeout(timer);
        this.#busy = false;
        this.onFree();
      };
      reply.then(resolve, reject).finally(free);
    });
  }
}

/** Decodes pictures, a few at a time, people's before imports'. */
export class PicturePreparer {
  readonly #scheduler: Scheduler;

  constructor(
    readonly thread: WorkerThread,
    slots: number,
    options: PreparerOptions,
  ) {
    const { timeoutSeconds } = options.pictureLimits;
    const free = (): void => this.pump();
    const runners = Array.from({ length: slots }, () => new PictureSlot(thread, timeoutSeconds, free));
    this.#scheduler = new Scheduler(runners, { ...options, batchSize: 1, batchWaitMs: 0, batchTargetMs: 1 });
  }

  /** @throws PictureError, OverloadedError, AbortedError */
  async run<Q extends PictureQueue>(
    queue: Q,
    request: PictureRequests[Q],
    options?: WorkOptions,
  ): Promise<PictureReplies[Q]> {
    const { outputs } = await this.#scheduler.submit(queue, [request], options);
    return outputs[0] as PictureReplies[Q];
  }

  pump(): void {
    this.#scheduler.pump();
  }

  depths(): Map<string, number> {
    return this.#scheduler.depths();
  }

  close(): Promise<void> {
    this.#scheduler.close();
    return this.thread.close();
  }
}
