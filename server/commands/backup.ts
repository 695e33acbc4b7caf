// maskvlm backup --server http://127.0.0.1:8080 --out backup/
import { createWriteStream, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout } from 'node:timers/promises';
import { ExpectationError, expect } from '../../model/errors.js';
import { sha256File } from '../../model/files/sha256-file.js';
import type { Schemas } from '../client/client.js';
import { copyStore } from '../store/copy-store.js';
import { type BackupFile, expectEmpty, UNFINISHED_BACKUP, writeBackup } from '../store/write-backup.js';
import { type ServerAt, serverAt } from './server-at.js';

export interface BackupOptions {
  dataDir?: string;
  server?: string;
  out: string;
}

const POLL_MS = 200;

/**
 * Writes a consistent backup of a data directory, also of one that another process serves from, or of what a server has, into a new or empty
 * folder; prints what it holds as one JSON object. A server can be started with that folder as DATA_DIR. Throws an ExpectationError where
 * there is nothing to back up or `out` is not empty, a NoSpaceError where the disk is full; then nothing of it is left.
 */
export async function backup({ dataDir, server, out }: BackupOptions): Promise<void> {
  removeWhenStopped(out);
  const files = dataDir ? await copyStore(dataDir, out) : await fetchBackup(server!, out);
  process.stdout.write(`${JSON.stringify({ out, files })}\n`);
}

function removeWhenStopped(out: string): void {
  for (const [signal, status] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.once(signal, () => {
      rmSync(join(out, UNFINISHED_BACKUP), { recursive: true, force: true });
      process.exit(status);
    });
  }
}

/** Lets the server make a backup that goes with its job, fetches it, and removes the job. */
async function fetchBackup(address: string, out: string): Promise<BackupFile[]> {
  await expectEmpty(out);
  const server = serverAt(address);
  const made = server.client.POST('/v1/jobs', { body: { type: 'backup', keep: false } });
  const { id: job } = await server.answer(made, 'a backup');
  try {
    await ended(server, job, address);
    const files = await filesOf(server, job);
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    return await writeBackup(out, bytes, async (folder) => {
      for (const file of files) await fetchFile(server, job, file, join(folder, basename(file.file)));
    });
  } finally {
    await server.client.DELETE('/v1/jobs/{job}', { params: { path: { job } } }).catch(() => undefined);
  }
}

async function ended({ client, answer }: ServerAt, job: string, address: string): Promise<void> {
  for (;;) {
    const { status, error } = await answer(client.GET('/v1/jobs/{job}', { params: { path: { job } } }), 'a backup');
    if (status === 'completed') return;
    if (status === 'failed' || status === 'cancelled') {
      throw new ExpectationError(`server ${address}`, 'a backup', error?.detail ?? status);
    }
    await setTimeout(POLL_MS);
  }
}

async function filesOf({ client, answer }: ServerAt, job: string): Promise<BackupFile[]> {
  const output = client.GET('/v1/jobs/{job}/output', { params: { path: { job } }, parseAs: 'text' });
  const lines = String(await answer(output, 'a backup'))
    .trimEnd()
    .split('\n');
  return lines.map((line) => (JSON.parse(line) as Schemas['JobResult']).response.body as BackupFile);
}

async function fetchFile({ client, answer }: ServerAt, job: string, { file, sha256 }: BackupFile, into: string) {
  const what = `file ${file} of the backup`;
  const output = client.GET('/v1/jobs/{job}/output', { params: { path: { job }, query: { file } }, parseAs: 'stream' });
  const bytes = await answer(output, 'its bytes', what);
  await pipeline(Readable.fromWeb(bytes as never), createWriteStream(into));
  const got = await sha256File(into);
  expect(got === sha256, what, `SHA-256 ${sha256}`, got);
}
