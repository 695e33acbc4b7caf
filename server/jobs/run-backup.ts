import { join } from 'node:path';
import { ExpectationError } from '../../model/errors.js';
import { Problem } from '../http/problems.js';
import { expectEmpty } from '../store/write-backup.js';
import type { BackupRequest } from './job.js';
import type { JobRun } from './job-run.js';
import { ResultFiles } from './result-files.js';

/** Where a backup goes: under its name into the folder of all backups, or where it is not to be kept into the folder of the job. */
export function backupDir({ name, keep }: BackupRequest, jobDir: string, all: string): string {
  return keep ? join(all, name) : join(jobDir, 'backup');
}

/** Throws a Problem where a backup of this name is there already. */
export async function expectNewBackup({ name, keep }: BackupRequest, all: string): Promise<void> {
  if (!keep) return;
  await expectEmpty(join(all, name)).catch((error) => {
    throw error instanceof ExpectationError ? new Problem('conflict', error.message) : error;
  });
}

/** Writes a backup, and a line of output for each of its files; one that is cancelled before it is whole leaves nothing. */
export async function runBackup(run: JobRun<BackupRequest>, allBackups: string): Promise<void> {
  const dir = backupDir(run.request, run.dir, allBackups);
  await expectNewBackup(run.request, allBackups);
  const files = await run.core.collections.backup(dir, run.signal);
  const results = await ResultFiles.open(run.dir, run.checkpoint);
  try {
    for (const body of files) {
      results.add({ custom_id: body.file, response: { status_code: 200, body }, error: null });
    }
    const checkpoint = { ...run.checkpoint, ...(await results.flush()) };
    const counts = { total: files.length, completed: files.length, failed: 0 };
    await run.saved({ counts, checkpoint, ...(run.request.keep ? { path: dir } : {}) });
  } finally {
    await results.close();
  }
}
