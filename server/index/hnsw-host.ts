import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { ExpectationError } from '../../model/errors.js';
import { IndexLostError } from './index-lost-error.js';
import { DEFAULT_INDEX_SETTINGS, type Hits, type IndexSettings, type IndexStats } from './live-index.js';
import type { IndexHost, IndexSpec, IndexState, VectorIndex, VectorSource } from './vector-index.js';
import type { Reply, Request, WorkerSetup } from './worker-messages.js';

export interface IndexHostOptions {
  settings?: Partial<IndexSettings>;
  /** Told of what only cost time: a cache file thrown away, a worker that had to be replaced. */
  onWarning?: (warning: string) => void;
}

interface Waiting {
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
}

/** The worker ended under a request; the request may be made again of the next one. */
class WorkerLostError extends ExpectationError {
  constructor(cause: string) {
    super('index worker', 'to run', cause);
  }
}

const closed = () => new ExpectationError('index worker', 'to be open', 'closed');

/** A worker that ends this often before it could be filled again would end for ever. */
const MOST_FAILURES = 3;

/** Vector indexes in a worker thread. A worker that ends unasked is replaced and filled from the store again. */
class HnswHost implements IndexHost {
  readonly #setup: WorkerSetup;
  readonly #warn: (warning: string) => void;
  readonly #open = new Map<string, { spec: IndexSpec; source: VectorSource }>();
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker;
  #nextId = 1;
  #restarted: Promise<void> = Promise.resolve();
  #failures = 0;
  #closing = false;

  constructor(dir: string, options: IndexHostOptions) {
    this.#setup = { dir, settings: { ...DEFAULT_INDEX_SETTINGS, ...options.settings } };
    this.#warn = options.onWarning ?? (() => {});
    this.#worker = this.#start();
  }

  get state(): IndexState {
    if (this.#failures === 0) return 'ready';
    return this.#failures < MOST_FAILURES ? 'recovering' : 'lost';
  }

  async open(spec: IndexSpec, source: VectorSource): Promise<VectorIndex> {
    await this.#restarted;
    this.#open.set(spec.name, { spec, source });
    try {
      await this.#fill(spec, source);
    } catch (error) {
      if (!(error instanceof WorkerLostError)) this.#open.delete(spec.name);
      await this.#again(error);
    }
    return this.#index(spec.name);
  }

  async close(): Promise<void> {
    await this.#restarted.catch(() => {});
    const isOver = this.#closing || this.state === 'lost';
    if (isOver) return;
    const ended = new Promise((resolve) => this.#worker.once('exit', resolve));
    const saved = this.#call({ type: 'close' });
    this.#closing = true;
    // A worker that is lost while it saves leaves the files of before.
    await saved.catch((error: unknown) => this.#warn(`${(error as Error).message}; the index files are older`));
    await ended;
  }

  #index(name: string): VectorIndex {
    return {
      apply: async (remove, { labels, vectors }, sequence) => {
        await this.#unlessLost(this.#retried({ type: 'apply', name, remove, labels, vectors, sequence }));
      },
      nearest: ({ vector, k, efSearch, allowed }) =>
        this.#retried({ type: 'nearest', name, vector, k, efSearch, allowed }) as Promise<Hits>,
      stats: () => this.#retried({ type: 'stats', name }) as Promise<IndexStats>,
      drop: async () => {
        this.#open.delete(name);
        await this.#unlessLost(this.#retried({ type: 'drop', name }));
      },
    };
  }

  async #fill(spec: IndexSpec, source: VectorSource): Promise<void> {
    const { name, dimension } = spec;
    await this.#call({ type: 'open', name, source: spec.source, dimension });
    for (let page = source.page(0); page; page = source.page(page.labels.at(-1)!)) {
      await this.#call({ type: 'fill', name, ...page }, [page.vectors.buffer]);
    }
    await this.#call({ type: 'ready', name, sequence: source.sequence() });
  }

  /** A request that can be repeated; a worker lost under it has been filled from the store, the change in question included. */
  async #retried(request: Request): Promise<unknown> {
    await this.#restarted;
    try {
      return await this.#call(request);
    } catch (error) {
      await this.#again(error);
      return this.#call(request);
    }
  }

  /** Nothing answers from what is lost, so there is nothing that a change would have to reach. */
  async #unlessLost(change: Promise<unknown>): Promise<void> {
    await change.catch((error: unknown) => {
      if (!(error instanceof IndexLostError)) throw error;
    });
  }

  /** Waits for the next worker if this one was lost; any other error goes on. */
  async #again(error: unknown): Promise<void> {
    if (!(error instanceof WorkerLostError)) throw error;
    await this.#restarted;
  }

  #call(request: Request, transfer: ArrayBuffer[] = []): Promise<unknown> {
    if (this.#closing) return Promise.reject(closed());
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, request }, transfer);
    });
  }

  #start(): Worker {
    const worker = new Worker(new URL('./hnsw-worker.js', import.meta.url), { workerData: this.#setup });
    let cause = 'it ended';
    worker.on('message', (reply: Reply) => this.#receive(reply));
    worker.on('error', (error: Error) => {
      cause = error.message;
    });
    worker.on('exit', () => {
      if (!this.#closing) this.#replace(cause);
      else for (const { reject } of this.#takeWaiting()) reject(new WorkerLostError(cause));
    });
    return worker;
  }

  #receive(reply: Reply): void {
    if ('warning' in reply) {
      this.#warn(reply.warning);
      return;
    }
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if ('failure' in reply) {
      const { message, expectation: e } = reply.failure;
      waiting?.reject(e ? new ExpectationError(e.what, e.expected, e.got) : new Error(message));
    } else waiting?.resolve(reply.value);
  }

  #replace(cause: string): void {
    this.#failures++;
    const isHopeless = this.state === 'lost';
    const lost = new WorkerLostError(cause);
    const waiting = this.#takeWaiting();
    this.#warn(`${lost.message}; ${isHopeless ? 'it is given up' : 'it is replaced'}`);
    if (!isHopeless) this.#worker = this.#start();
    // A worker lost while it is filled has set the next round going before this one hears of it.
    const refill = () => this.#refill().catch((error: unknown) => this.#again(error));
    this.#restarted = isHopeless ? Promise.reject(new IndexLostError(cause)) : refill();
    // Nobody may be waiting for this round.
    this.#restarted.catch(() => {});
    for (const { reject } of waiting) reject(lost);
  }

  #takeWaiting(): Waiting[] {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    return waiting;
  }

  async #refill(): Promise<void> {
    for (const { spec, source } of this.#open.values()) await this.#fill(spec, source);
    this.#failures = 0;
  }
}

/** Starts the worker; `dir` is the folder of the cache files, and those of none of the `names` are removed from it. */
export function startHnswHost(dir: string, names: Set<string>, options: IndexHostOptions = {}): IndexHost {
  mkdirSync(dir, { recursive: true });
  for (const file of readdirSync(dir)) {
    if (!names.has(file.replace(/\.(hnsw|json)$/, ''))) rmSync(join(dir, file), { recursive: true, force: true });
  }
  return new HnswHost(dir, options);
}
