import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Core } from '../core.js';
import { problemOf } from '../http/problem-of.js';
import { Problem, problemBody } from '../http/problems.js';
import type { TaskRunner } from '../http/task-runner.js';
import { OverloadedError } from '../inference/errors.js';
import { ActiveJob, type JobListener } from './active-job.js';
import { hasEnded, type JobRecord, type JobRequest, NOTHING_DONE } from './job.js';
import { JOB_FILES, JobFolders, newJobId } from './job-folder.js';
import type { JobRun } from './job-run.js';
import { restoredJob } from './restored-job.js';
import { runBackup } from './run-backup.js';
import { runImport } from './run-import.js';
import { runReindex } from './run-reindex.js';
import { runTasks } from './run-tasks.js';

export interface JobsOptions {
  /** Folder of the jobs. */
  dir: string;
  /** Folder that backups go into. */
  backupDir: string;
  /** Jobs that run at the same time, and that may wait. */
  mostRunning: number;
  mostWaiting: number;
  /** Jobs that have ended are kept up to this number and age. */
  mostKept: number;
  keptHours: number;
  log: Logger;
}

/** What a new job is, and how many lines its file has. */
export interface NewJob {
  request: JobRequest;
  total: number;
}

const SWEEP_MS = 3_600_000;
/** How long a request that cancels a job waits for its end. */
const CANCEL_MS = 5_000;
const RETRY_SECONDS = 5;

const now = (): string => new Date().toISOString();

/** The jobs of a data directory: a bounded number runs, the others wait in the order they came. */
export class Jobs {
  readonly #jobs = new Map<string, ActiveJob>();
  readonly #running = new Set<ActiveJob>();
  readonly #waiting: ActiveJob[] = [];
  #incoming = 0;
  #work: { core: Core; runTask: TaskRunner } | undefined;
  #sweeper: NodeJS.Timeout | undefined;
  #stopping = false;

  private constructor(
    readonly options: JobsOptions,
    readonly folders: JobFolders,
  ) {}

  /** Reads what earlier processes left. The caller holds the lock of the data directory. */
  static async open(options: JobsOptions): Promise<Jobs> {
    const folders = new JobFolders(options.dir);
    const jobs = new Jobs(options, folders);
    for (const record of await folders.list((warning) => options.log.warn(warning))) {
      jobs.#add(await restoredJob(record, folders, options.backupDir));
    }
    return jobs;
  }

  /** Begins to work, and goes on with what was interrupted. */
  start(core: Core, runTask: TaskRunner): void {
    this.#work = { core, runTask };
    this.#sweeper = setInterval(() => void this.#sweep(), SWEEP_MS).unref();
    void this.#sweep();
    this.#pump();
  }

  /** How many run and wait. */
  counts(): { running: number; waiting: number } {
    return { running: this.#running.size, waiting: this.#waiting.length };
  }

  /**
   * Takes in a new job: `receive` writes its file, if it has one, to the given path. Afterwards the job outlives the process. Throws what
   * `receive` throws, an OverloadedError where as many wait as may, a NoSpaceError where the disk is full.
   */
  async create(receive: (inputFile: string) => Promise<NewJob>): Promise<JobRecord> {
    if (this.#waiting.length + this.#incoming >= this.options.mostWaiting) {
      throw new OverloadedError('jobs', RETRY_SECONDS);
    }
    this.#incoming++;
    try {
      const id = newJobId();
      const record = await this.folders.add(id, async (folder) => {
        const { request, total } = await receive(join(folder, JOB_FILES.input));
        const counts = { total, completed: 0, failed: 0 };
        return { id, request, status: 'queued', counts, checkpoint: NOTHING_DONE, revision: 1, createdAt: now() };
      });
      this.#add(record);
      this.#pump();
      return record;
    } finally {
      this.#incoming--;
    }
  }

  /** Newest first; `after` is the last id of the page before. */
  list(limit: number, after?: string): JobRecord[] {
    const ids = [...this.#jobs.keys()].filter((id) => after === undefined || id < after);
    ids.sort((a, b) => (a < b ? 1 : -1));
    return ids.slice(0, limit).map((id) => this.get(id));
  }

  /** Throws a Problem where there is no such job. */
  get(id: string): JobRecord {
    return this.#find(id).record;
  }

  /** Calls the listener with every change of a job, until the answered function is called. Throws as `get`. */
  follow(id: string, listener: JobListener): () => void {
    return this.#find(id).follow(listener);
  }

  /**
   * Cancels a job that has not ended, and answers what has become of it within some seconds; removes one that has, with all that came of it.
   * Throws as `get`.
   */
  async remove(id: string): Promise<JobRecord | undefined> {
    const job = this.#find(id);
    if (hasEnded(job.record)) {
      await this.#forget(job);
      return undefined;
    }
    const place = this.#waiting.indexOf(job);
    if (place >= 0) {
      this.#waiting.splice(place, 1);
      await this.#settle(job, { status: 'cancelled', endedAt: now() });
      return job.record;
    }
    await this.#settle(job, { status: 'cancelling' });
    job.interrupt();
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([job.done, new Promise((resolve) => (timer = setTimeout(resolve, CANCEL_MS)))]);
    clearTimeout(timer);
    return job.record;
  }

  /** Interrupts what runs, which goes on after the next start, and resolves when nothing does any more. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#sweeper);
    for (const job of this.#jobs.values()) job.leave();
    for (const job of this.#running) job.interrupt();
    await Promise.all([...this.#running].map(({ done }) => done));
  }

  #find(id: string): ActiveJob {
    const job = this.#jobs.get(id);
    if (!job) throw new Problem('not-found', `job: expected the id of a job, got ${id}`);
    return job;
  }

  #add(record: JobRecord): void {
    const job = new ActiveJob(record, this.folders);
    this.#jobs.set(record.id, job);
    if (!hasEnded(record)) this.#waiting.push(job);
  }

  #pump(): void {
    while (this.#work && !this.#stopping && this.#running.size < this.options.mostRunning) {
      const job = this.#waiting.shift();
      if (!job) return;
      this.#running.add(job);
      job.done = this.#run(job, this.#work);
    }
  }

  async #run(job: ActiveJob, { core, runTask }: { core: Core; runTask: TaskRunner }): Promise<void> {
    const { id, request, startedAt = now() } = job.record;
    try {
      await job.update({ status: 'running', startedAt });
      await this.#perform(request, this.#runOf(job, core, runTask));
      await this.#settle(job, { status: 'completed', endedAt: now() });
    } catch (error) {
      if (!this.#stopping) await this.#settle(job, this.#failure(job, error));
    }
    this.#running.delete(job);
    this.options.log.info({ job: id, type: request.type, status: job.record.status }, 'job ended');
    this.#pump();
    await this.#sweep();
  }

  #perform(request: JobRequest, run: JobRun): Promise<void> {
    const runners: { [R in JobRequest as R['type']]: (run: JobRun<R>) => Promise<void> } = {
      import: runImport,
      task: runTasks,
      reindex: runReindex,
      backup: (backup) => runBackup(backup, this.options.backupDir),
    };
    return (runners[request.type] as (run: JobRun) => Promise<void>)(run);
  }

  #runOf(job: ActiveJob, core: Core, runTask: TaskRunner): JobRun {
    const { id, request } = job.record;
    return {
      id,
      request,
      dir: this.folders.of(id),
      get counts() {
        return job.record.counts;
      },
      get checkpoint() {
        return job.record.checkpoint;
      },
      signal: job.signal,
      core,
      runTask,
      log: this.options.log,
      saved: (progress) => job.update(progress),
    };
  }

  #failure(job: ActiveJob, error: unknown): Partial<JobRecord> {
    const endedAt = now();
    if (job.signal.aborted) return { status: 'cancelled', endedAt };
    const { id } = job.record;
    const problem = problemOf(error);
    if (problem.kind === 'internal') this.options.log.error({ job: id, err: error }, 'job failed');
    return { status: 'failed', endedAt, error: problemBody(problem, id) };
  }

  #settle(job: ActiveJob, change: Partial<JobRecord>): Promise<void> {
    return job.settle(change, (err) => this.options.log.error({ job: job.record.id, err }, 'job was not saved'));
  }

  async #forget(job: ActiveJob): Promise<void> {
    const { id } = job.record;
    if (!this.#jobs.delete(id)) return;
    job.leave();
    await this.folders.remove(id);
  }

  /** Removes the oldest of those that have ended where they are too many or too old. */
  async #sweep(): Promise<void> {
    const { mostKept, keptHours, log } = this.options;
    const oldest = new Date(Date.now() - keptHours * 3_600_000).toISOString();
    const ended = [...this.#jobs.values()].filter(({ record }) => hasEnded(record));
    ended.sort((a, b) => (a.record.endedAt! < b.record.endedAt! ? 1 : -1));
    for (const [index, job] of ended.entries()) {
      if (index < mostKept && job.record.endedAt! >= oldest) continue;
      await this.#forget(job).catch((err) => log.error({ job: job.record.id, err }, 'job was not removed'));
    }
  }
}
