import { setMaxListeners } from 'node:events';
import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import { priorityOf } from './background-work.js';
import { droppedBy, OverloadedError, UnavailableError } from './errors.js';
import { type BatchBounds, RunTimes } from './run-times.js';
import { type Priority, type Work, type WorkOptions, WorkQueue } from './work-queue.js';

/** What came of a batch: the outputs of each list of inputs, how long it took to feed the graph, and how long that ran. */
export interface Batch {
  outputs: unknown[][];
  prepareMs: number;
  runMs: number;
}

/** Something that runs one batch at a time, such as a worker thread with its sessions. */
export interface Runner {
  readonly ready: boolean;
  /** How many full batches it may be given before the one that runs is done, so that it never waits for the next. */
  readonly ahead: number;
  run(queue: string, inputs: (readonly unknown[])[]): Promise<Batch>;
}

/** What came of one piece of work, which may have shared its batch. */
export interface WorkResult {
  outputs: unknown[];
  prepareMs: number;
  runMs: number;
}

export interface SchedulerOptions extends BatchBounds {
  batchWaitMs: number;
  queueSize: number;
  /** Told of every batch that ran. */
  onBatch?(batch: { queue: string; size: number; waitMs: number; runMs: number }): void;
}

/** Works of one batch that are answered before the event loop turns. */
const ANSWERED_AT_ONCE = 4;

/**
 * One queue per graph, and runners that take turns: whenever a runner is free, the graph whose work is most urgent gets it, for one
 * batch. Requests that wait for the same graph share a batch. Batches stay short, so work of other graphs comes in between.
 */
export class Scheduler {
  readonly #queues = new Map<string, WorkQueue>();
  /** Batches that a runner has. */
  readonly #given = new Map<Runner, number>();
  #timer?: NodeJS.Timeout;
  #closed = false;

  constructor(
    readonly runners: readonly Runner[],
    readonly options: SchedulerOptions,
    /** What is known of the graphs; schedulers whose runners are alike may share it. */
    readonly times = new RunTimes(options),
  ) {}

  /** How many inputs one batch of this graph should have at most, by the time that earlier batches took. */
  batchLimit(queue: string): number {
    return this.times.batchLimit(queue);
  }

  /** Inputs that wait, by graph. */
  depths(): Map<string, number> {
    return new Map([...this.#queues].map(([name, queue]) => [name, queue.size]));
  }

  /**
   * Queues inputs that will run in one batch; resolves with an output for each.
   * @throws OverloadedError when the queue is full and people ask, AbortedError or DeadlineError when the signal is aborted before the work is started.
   */
  submit(
    name: string,
    inputs: readonly unknown[],
    { signal, priority = priorityOf(signal) }: WorkOptions = {},
  ): Promise<WorkResult> {
    if (this.#closed) return Promise.reject(new UnavailableError('the server is stopping'));
    if (signal?.aborted) return Promise.reject(droppedBy(signal));
    const queue = this.#queue(name);
    // An import bounds its own work and goes on at the pace it is given: refusing a part of it would lose items.
    const full = priority === 'interactive' && queue.sizeOf(priority) + inputs.length > this.options.queueSize;
    if (full) return Promise.reject(this.#overloaded(name));
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        if (queue.remove(work)) reject(droppedBy(signal!));
      };
      const settled = (): void => signal?.removeEventListener('abort', abort);
      const work = this.#work(inputs, priority, settled, resolve, reject);
      if (signal) {
        // A request may have many pieces of work waiting; each takes its listener away when it is done.
        setMaxListeners(0, signal);
        signal.addEventListener('abort', abort, { once: true });
      }
      queue.add(work);
      this.pump();
    });
  }

  /** Starts what can be started; call it when a runner becomes ready. */
  pump(): void {
    const given = (runner: Runner): number => this.#given.get(runner) ?? 0;
    // Idle ones first: work given ahead to one runner would wait while another could begin with it.
    for (const runner of [...this.runners].sort((a, b) => given(a) - given(b))) {
      if (!runner.ready || given(runner) > runner.ahead) continue;
      const next = this.#mostUrgent(given(runner) > 0);
      if (next) void this.#start(runner, next[0], next[1].take(this.batchLimit(next[0])));
    }
  }

  /** Rejects what waits. What runs is left to its runner. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const queue of this.#queues.values()) {
      for (const work of queue.take(Number.POSITIVE_INFINITY))
        work.reject(new UnavailableError('the server is stopping'));
    }
  }

  #work(
    inputs: readonly unknown[],
    priority: Priority,
    settled: () => void,
    resolve: (result: WorkResult) => void,
    reject: (error: Error) => void,
  ): Work {
    return {
      inputs,
      priority,
      enqueuedAt: performance.now(),
      resolve(result) {
        settled();
        resolve(result);
      },
      reject(error) {
        settled();
        reject(error);
      },
    };
  }

  #queue(name: string): WorkQueue {
    const queue = this.#queues.get(name) ?? new WorkQueue();
    this.#queues.set(name, queue);
    return queue;
  }

  #overloaded(name: string): OverloadedError {
    const waitingMs = this.times.expectedMs(name, this.#queue(name).size);
    return new OverloadedError(name, Math.max(1, Math.ceil(waitingMs / 1000)));
  }

  /** The queue with the most urgent work among those whose batch is full or, unless `full`, has waited long enough. */
  #mostUrgent(full: boolean): [string, WorkQueue] | undefined {
    const now = performance.now();
    let best: [string, WorkQueue] | undefined;
    let ripening = Number.POSITIVE_INFINITY;
    for (const entry of this.#queues) {
      const [name, queue] = entry;
      if (queue.size === 0) continue;
      const isFull = queue.size >= this.batchLimit(name);
      const ripeAt = isFull ? 0 : queue.oldest + this.options.batchWaitMs;
      if (ripeAt > now) ripening = Math.min(ripening, ripeAt);
      else if ((isFull || !full) && (!best || queue.due < best[1].due)) best = entry;
    }
    if (ripening < Number.POSITIVE_INFINITY) {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.pump(), Math.max(1, ripening - now));
    }
    return best;
  }

  async #start(runner: Runner, name: string, batch: Work[]): Promise<void> {
    this.#given.set(runner, (this.#given.get(runner) ?? 0) + 1);
    const size = batch.reduce((sum, work) => sum + work.inputs.length, 0);
    const waitMs = performance.now() - Math.min(...batch.map((work) => work.enqueuedAt));
    let done: Batch | undefined;
    try {
      done = await runner.run(
        name,
        batch.map((work) => work.inputs),
      );
      this.times.learn(name, size, done.prepareMs + done.runMs);
      this.options.onBatch?.({ queue: name, size, waitMs, runMs: done.runMs });
    } catch (error) {
      for (const work of batch) work.reject(error as Error);
    } finally {
      this.#given.set(runner, this.#given.get(runner)! - 1);
      this.pump();
    }
    if (done) await this.#answer(batch, done);
  }

  /** Resolves a few at a time: what each of them goes on with adds up, and others' requests would wait for all of it. */
  async #answer(batch: readonly Work[], { outputs, prepareMs, runMs }: Batch): Promise<void> {
    for (const [index, work] of batch.entries()) {
      if (index > 0 && index % ANSWERED_AT_ONCE === 0) await setImmediate();
      work.resolve({ outputs: outputs[index]!, prepareMs, runMs });
    }
  }
}
