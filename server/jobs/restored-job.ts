import { Problem, problemBody } from '../http/problems.js';
import { removeUnfinished } from '../store/write-backup.js';
import { hasEnded, type JobRecord } from './job.js';
import type { JobFolders } from './job-folder.js';
import { backupDir } from './run-backup.js';

const INTERRUPTED = 'the server was stopped or ended while it ran; a backup is of one moment, so start another one';

/**
 * What becomes of a job that an earlier process has left: imports and tasks go on where they were, a reindex begins again, a backup has
 * failed, and what was being cancelled is.
 */
export async function restoredJob(record: JobRecord, folders: JobFolders, allBackups: string): Promise<JobRecord> {
  const { id, request, status, revision } = record;
  if (hasEnded(record) || status === 'queued') return record;
  const ended = { ...record, endedAt: new Date().toISOString(), revision: revision + 1 };
  const backup = request.type === 'backup' ? request : undefined;
  if (backup) await removeUnfinished(backupDir(backup, folders.of(id), allBackups));
  if (status === 'cancelling') return saved({ ...ended, status: 'cancelled' }, folders);
  if (!backup) return { ...record, status: 'queued' };
  const error = problemBody(new Problem('unavailable', INTERRUPTED), id);
  return saved({ ...ended, status: 'failed', error }, folders);
}

async function saved(record: JobRecord, folders: JobFolders): Promise<JobRecord> {
  await folders.save(record);
  return record;
}
