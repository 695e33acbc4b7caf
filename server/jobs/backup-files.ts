import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { BackupFile } from '../store/write-backup.js';
import type { JobRecord } from './job.js';
import { JOB_FILES } from './job-folder.js';
import type { Jobs } from './jobs.js';
import type { JobResult } from './result-files.js';
import { backupDir } from './run-backup.js';

/** A file of a backup to send; undefined where the output of the job does not name it, or somebody took it away. */
export async function openBackupFile(
  { id, request, status }: JobRecord,
  { folders, options }: Jobs,
  file: string,
): Promise<{ stream: Readable; bytes: number } | undefined> {
  if (request.type !== 'backup' || status !== 'completed') return undefined;
  const lines = (await readFile(join(folders.of(id), JOB_FILES.output), 'utf8')).trimEnd().split('\n');
  const named = lines.map((line) => (JSON.parse(line) as JobResult).response.body as BackupFile);
  if (!named.some((known) => known.file === file)) return undefined;
  const handle = await open(join(backupDir(request, folders.of(id), options.backupDir), file)).catch(() => undefined);
  if (!handle) return undefined;
  return { stream: handle.createReadStream(), bytes: (await handle.stat()).size };
}
