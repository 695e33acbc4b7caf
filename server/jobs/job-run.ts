import type { Logger } from 'pino';
import type { Core } from '../core.js';
import type { TaskRunner } from '../http/task-runner.js';
import type { Checkpoint, JobCounts, JobRequest } from './job.js';

/** What of a job changes while it runs. */
export interface Progress {
  counts?: JobCounts;
  checkpoint?: Checkpoint;
  path?: string;
}

/** A running job, as that sees it which does its work. */
export interface JobRun<Request extends JobRequest = JobRequest> {
  readonly id: string;
  /** Its folder. */
  readonly dir: string;
  readonly request: Request;
  readonly counts: JobCounts;
  readonly checkpoint: Checkpoint;
  /** Aborted when it is cancelled or the server stops: then `saved` should be up to date soon. */
  readonly signal: AbortSignal;
  readonly core: Core;
  readonly runTask: TaskRunner;
  readonly log: Logger;
  /** Resolves once the progress is durable, and tells it to whom it may concern. */
  saved(progress: Progress): Promise<void>;
}
