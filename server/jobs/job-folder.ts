// Each job has a folder of its own: what it is and how far it has come, the file it came with, and what came of it.
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { asNoSpace } from '../../model/files/no-space-error.js';
import { syncFolder, writeAtomically } from '../../model/files/write-atomically.js';
import type { JobRecord } from './job.js';

/** Folders with this before their name are not, or no longer, those of a job. */
const NO_JOB = '.';
const RECORD = 'job.json';

/** Files in the folder of a job. */
export const JOB_FILES = { input: 'input.jsonl', output: 'output.jsonl', errors: 'errors.jsonl' } as const;

/** An id that sorts by the time it was made. */
export function newJobId(now = new Date()): string {
  const time = now.toISOString().replace(/\D/g, '').slice(0, 17);
  return `${time}-${randomBytes(4).toString('hex')}`;
}

/** The folder of all jobs. */
export class JobFolders {
  constructor(readonly dir: string) {}

  of(id: string): string {
    return join(this.dir, id);
  }

  /**
   * Makes the folder of a new job: `fill` puts its file there and says what the job is. Afterwards all of it is on the disk, or nothing.
   * Throws what `fill` throws, a NoSpaceError where the disk is full.
   */
  async add(id: string, fill: (folder: string) => Promise<JobRecord>): Promise<JobRecord> {
    const incoming = this.of(NO_JOB + id);
    try {
      await mkdir(incoming, { recursive: true });
      const record = await fill(incoming);
      await writeAtomically(join(incoming, RECORD), JSON.stringify(record));
      await rename(incoming, this.of(id));
      await syncFolder(this.dir);
      return record;
    } catch (error) {
      const reason = await asNoSpace(error, 'jobs', this.dir, 1);
      await rm(incoming, { recursive: true, force: true });
      throw reason;
    }
  }

  /** Makes what is known of a job durable. Throws a NoSpaceError where the disk is full. */
  async save(record: JobRecord): Promise<void> {
    const text = JSON.stringify(record);
    try {
      await writeAtomically(join(this.of(record.id), RECORD), text);
    } catch (error) {
      throw await asNoSpace(error, 'jobs', this.dir, text.length);
    }
  }

  /** Takes a job away for good: at once, also where that takes a while. */
  async remove(id: string): Promise<void> {
    const gone = this.of(NO_JOB + id);
    await rename(this.of(id), gone);
    await rm(gone, { recursive: true, force: true });
  }

  /** All jobs, oldest first; sweeps away what was never finished. `warn` is told of those that cannot be read. */
  async list(warn: (warning: string) => void): Promise<JobRecord[]> {
    await mkdir(this.dir, { recursive: true });
    const records: JobRecord[] = [];
    for (const name of (await readdir(this.dir)).sort()) {
      if (name.startsWith(NO_JOB)) await rm(this.of(name), { recursive: true, force: true });
      else {
        const text = await readFile(join(this.of(name), RECORD), 'utf8').catch(() => '');
        const record = readRecord(text, name);
        if (record) records.push(record);
        else warn(`job ${this.of(name)}: expected a readable ${RECORD}, got none; it is left alone`);
      }
    }
    return records;
  }
}

function readRecord(text: string, id: string): JobRecord | undefined {
  try {
    const record = JSON.parse(text) as JobRecord;
    return record.id === id && record.request.type ? record : undefined;
  } catch {
    return undefined;
  }
}
