import { join } from 'node:path';
import type { BackupRequest } from './job.js';
import type { JobRun } from './job-run.js';
import { ResultFiles } from './result-files.js';

/** Where a backup goes: under its name into the folder of all backups, or where it is not to be kept into the folder of the job. */
export function backupDir({ name, keep }: BackupRequest, jobDir: string, all: string): string {
  return keep ? join(all, name) : join(jobDir, 'backup');
}

/** Writes a backup, and a line of output for each of its files. */
export async function runBackup(run: JobRun<BackupRequest>, allBackups: string): Promise<void> {
  const dir = backupDir(run.request, run.dir, allBackups);
  const files = await run.core.collections.backup(dir);
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
