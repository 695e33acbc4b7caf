import type { components } from '../http/api.js';
import type { ProblemBody } from '../http/problems.js';

export type JobStatus = 'queued' | 'running' | 'cancelling' | 'completed' | 'failed' | 'cancelled';

/** The lines of an import or a task lie in a file of the job. */
export interface ImportRequest {
  type: 'import';
  collection: string;
}

export interface TaskJobRequest {
  type: 'task';
}

export interface ReindexRequest {
  type: 'reindex';
  collection: string;
  model: string;
}

export interface BackupRequest {
  type: 'backup';
  name: string;
  keep: boolean;
}

/** What a job was asked to do. */
export type JobRequest = ImportRequest | TaskJobRequest | ReindexRequest | BackupRequest;

/** Lines, items or files: all that there are, and what came of those that are done. */
export interface JobCounts {
  total: number;
  completed: number;
  failed: number;
}

/** How far a job has come in its files, in bytes and lines: what lies behind these places is done anew after a crash. */
export interface Checkpoint {
  inputBytes: number;
  inputLines: number;
  outputBytes: number;
  errorBytes: number;
}

/** All that is known of a job, as it is kept on the disk. */
export interface JobRecord {
  id: string;
  request: JobRequest;
  status: JobStatus;
  counts: JobCounts;
  checkpoint: Checkpoint;
  /** Grows with every change: the id of the event that tells it. */
  revision: number;
  createdAt: string;
  startedAt?: string;
  endedAt?: string;
  /** Why it failed. */
  error?: ProblemBody;
  /** Where a backup lies. */
  path?: string;
}

export const NOTHING_DONE: Checkpoint = { inputBytes: 0, inputLines: 0, outputBytes: 0, errorBytes: 0 };

/** Whether nothing more will come of it. */
export const hasEnded = ({ status }: JobRecord): boolean =>
  status === 'completed' || status === 'failed' || status === 'cancelled';

/** A job as the contract shows it. */
export function shownJob(job: JobRecord): components['schemas']['Job'] {
  const { id, request, status, counts, createdAt, startedAt, endedAt, error, path } = job;
  return {
    id,
    type: request.type,
    status,
    counts,
    ...('collection' in request ? { collection: request.collection } : {}),
    ...('model' in request ? { model: request.model } : {}),
    createdAt,
    ...(startedAt ? { startedAt } : {}),
    ...(endedAt ? { endedAt } : {}),
    ...(error ? { error } : {}),
    ...(path ? { path } : {}),
  };
}
