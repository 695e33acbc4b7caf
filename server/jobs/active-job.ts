import { setMaxListeners } from 'node:events';
import type { JobRecord } from './job.js';
import type { JobFolders } from './job-folder.js';

/** Told of every change, and once with undefined when there will be none any more because the job or the server is going. */
export type JobListener = (job: JobRecord | undefined) => void;

/** Why a job was ended from outside. */
class JobEndedError extends Error {
  override name = 'JobEndedError';
}

/** A job while the server runs: its state, in memory and on the disk, and who follows it. */
export class ActiveJob {
  readonly #controller = new AbortController();
  readonly #listeners = new Set<JobListener>();
  #record: JobRecord;
  #saving: Promise<unknown> = Promise.resolve();
  /** Resolves when it has ended; set while it runs. */
  done: Promise<void> = Promise.resolve();

  constructor(
    record: JobRecord,
    readonly folders: JobFolders,
  ) {
    this.#record = record;
    // Every piece of work of the job listens.
    setMaxListeners(0, this.#controller.signal);
  }

  get record(): JobRecord {
    return this.#record;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Changes what is known of it: first on the disk, then for everyone. Throws a NoSpaceError where the disk is full. */
  update(change: Partial<JobRecord>): Promise<void> {
    const saved = this.#saving.then(async () => {
      const next = { ...this.#record, ...change, revision: this.#record.revision + 1 };
      await this.folders.save(next);
      this.#tell(next);
    });
    this.#saving = saved.catch(() => undefined);
    return saved;
  }

  /** As `update`, but what cannot be written down is at least told; after a restart it is as it was before. */
  async settle(change: Partial<JobRecord>, onError: (error: unknown) => void): Promise<void> {
    try {
      await this.update(change);
    } catch (error) {
      onError(error);
      this.#tell({ ...this.#record, ...change, revision: this.#record.revision + 1 });
    }
  }

  /** Asks its work to stop soon. */
  interrupt(): void {
    this.#controller.abort(new JobEndedError('the job was ended'));
  }

  /** Calls the listener with every change from now on, until the answered function is called. */
  follow(listener: JobListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Nothing more will be told. */
  leave(): void {
    for (const listener of this.#listeners) listener(undefined);
    this.#listeners.clear();
  }

  #tell(record: JobRecord): void {
    this.#record = record;
    for (const listener of this.#listeners) listener(record);
  }
}
