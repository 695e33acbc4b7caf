import { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import { UnavailableError } from './errors.js';

/** What a worker posts: first that it is loaded or why not, then one reply per request. */
export type WorkerMessage =
  | { kind: 'ready'; info: unknown }
  | { kind: 'failed'; error: WorkerFailure }
  | { kind: 'reply'; id: number; value: unknown }
  | { kind: 'error'; id: number; error: WorkerFailure };

/** An error in a form that crosses threads: structured clone would drop the class and the extra fields. */
export interface WorkerFailure {
  name: string;
  message: string;
  stack?: string;
  fields: Record<string, unknown>;
}

type Reply = Extract<WorkerMessage, { id: number }>;

interface Pending {
  resolve(value: never): void;
  reject(error: Error): void;
}

export interface WorkerThreadOptions {
  name: string;
  log: Logger;
  /** Has a loaded thread do what it should have done before it is ready, the first one as every one that replaces it. */
  prepare?(): Promise<void>;
  /** Rebuilds an error that the worker reported. */
  revive(failure: WorkerFailure): Error;
  /** Called whenever `ready` changes. */
  onChange(): void;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;

/**
 * A worker thread that answers requests and is replaced when it ends unexpectedly. Requests that the ended thread had not answered
 * are rejected with {@link UnavailableError}; they are not repeated, since one of them may be what ended it.
 */
export class WorkerThread {
  #worker?: Worker;
  /** Whether it takes requests. */
  #loaded = false;
  #ready = false;
  #everReady = false;
  #closed = false;
  #pauseMs = FIRST_PAUSE_MS;
  #restart?: NodeJS.Timeout;
  #nextId = 0;
  readonly #pending = new Map<number, Pending>();
  /** Told when nothing is pending any more. */
  #onIdle?: () => void;

  constructor(
    readonly file: URL,
    readonly data: unknown,
    readonly options: WorkerThreadOptions,
  ) {}

  get ready(): boolean {
    return this.#ready;
  }

  /** Starts the thread; resolves with what it says about itself once it is ready, rejects if it does not load or cannot be prepared. */
  start<Info>(): Promise<Info> {
    return new Promise((resolve, reject) => {
      const worker = new Worker(this.file, { workerData: this.data, name: this.options.name });
      this.#worker = worker;
      let last: Error | undefined;
      const becomeReady = async (info: unknown): Promise<void> => {
        this.#loaded = true;
        try {
          await this.options.prepare?.();
        } catch (error) {
          last ??= error as Error;
          await worker.terminate();
        }
        if (worker !== this.#worker) return;
        this.#everReady = true;
        this.#setReady(true);
        resolve(info as Info);
      };
      worker.on('message', (message: WorkerMessage) => {
        if (message.kind === 'ready') void becomeReady(message.info);
        else if (message.kind === 'failed') last = this.options.revive(message.error);
        else this.#settle(message);
      });
      worker.on('error', (error) => {
        last = error;
      });
      worker.on('exit', (code) => {
        this.#ended(worker, last ?? new Error(`exit code ${code}`));
        // Changes nothing where the start is over.
        reject(last ?? new Error(`${this.options.name} ended while it was loading (exit code ${code})`));
      });
    });
  }

  /** Sends one request; the buffers in `transfer` are no longer usable afterwards. */
  call<Reply>(request: unknown, transfer: ArrayBuffer[] = []): Promise<Reply> {
    const worker = this.#worker;
    if (!this.#loaded || !worker || this.#closed)
      return Promise.reject(new UnavailableError(`${this.options.name} is not ready`));
    const id = this.#nextId++;
    return new Promise<Reply>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      worker.postMessage({ id, request }, transfer);
    });
  }

  /** Ends the thread for good, once it has answered what it was sent: ended inside a call of native code, it would take the process along. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#restart);
    if (this.#pending.size > 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    }
    await this.#worker?.terminate();
  }

  #setReady(ready: boolean): void {
    if (ready === this.#ready) return;
    this.#ready = ready;
    this.options.onChange();
  }

  #settle(message: Reply): void {
    const pending = this.#pending.get(message.id);
    if (!pending) return;
    this.#pending.delete(message.id);
    if (this.#pending.size === 0) this.#onIdle?.();
    if (message.kind === 'reply') {
      if (this.#ready) this.#pauseMs = FIRST_PAUSE_MS;
      pending.resolve(message.value as never);
    } else pending.reject(this.options.revive(message.error));
  }

  #ended(worker: Worker, reason: Error): void {
    if (worker !== this.#worker) return;
    this.#worker = undefined;
    this.#loaded = false;
    const wasReady = this.#ready;
    for (const { reject } of this.#pending.values()) {
      reject(new UnavailableError(`${this.options.name} ended before it answered; the request may be sent again`));
    }
    this.#pending.clear();
    this.#onIdle?.();
    this.#setReady(false);
    if (this.#closed) return;
    this.options.log.error(
      { worker: this.options.name, err: reason },
      wasReady ? 'worker ended' : 'worker did not load',
    );
    // A first start that fails is the caller's to report; after that the thread is replaced, ever more slowly if it keeps ending.
    if (this.#everReady) this.#replace();
  }

  #replace(): void {
    this.#restart = setTimeout(() => this.start().catch(() => undefined), this.#pauseMs);
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
  }
}
