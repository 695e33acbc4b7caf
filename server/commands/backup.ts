// maskvlm backup --server http://127.0.0.1:8080 --out backup/
import { createWriteStream, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import createClient from 'openapi-fetch';
import { ExpectationError, expect } from '../../model/errors.js';
import { sha256File } from '../../model/files/sha256-file.js';
import type { components, paths } from '../http/api.js';
import { copyStore } from '../store/copy-store.js';
import { type BackupFile, expectEmpty, UNFINISHED_BACKUP, writeBackup } from '../store/write-backup.js';

export interface BackupOptions {
  dataDir?: string;
  server?: string;
  out: string;
}

type Client = ReturnType<typeof createClient<paths>>;
type Job = components['schemas']['Job'];

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
async function fetchBackup(baseUrl: string, out: string): Promise<BackupFile[]> {
  await expectEmpty(out);
  const key = process.env.API_KEY;
  const headers: Record<string, string> = key ? { Authorization: `Bearer ${key}` } : {};
  const client = createClient<paths>({ baseUrl, headers });
  const { data, error, response } = await client
    .POST('/v1/jobs', { body: { type: 'backup', keep: false } })
    .catch((cause: Error) => {
      throw new ExpectationError(`server ${baseUrl}`, 'an answer', String(cause.cause ?? cause.message));
    });
  if (!data) throw refused(baseUrl, `${response.status} ${error?.detail ?? ''}`);
  const path = { job: data.id };
  try {
    await ended(client, data, baseUrl);
    const files = await filesOf(client, path);
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    return await writeBackup(out, bytes, async (folder) => {
      for (const file of files) await fetchFile(client, path, file, join(folder, basename(file.file)));
    });
  } finally {
    await client.DELETE('/v1/jobs/{job}', { params: { path } }).catch(() => undefined);
  }
}

const refused = (baseUrl: string, got: string): ExpectationError =>
  new ExpectationError(`server ${baseUrl}`, 'a backup', got);

async function ended(client: Client, job: Job, baseUrl: string): Promise<void> {
  for (let state: Job | undefined = job; state?.status !== 'completed'; ) {
    if (!state || state.status === 'failed' || state.status === 'cancelled') {
      throw refused(baseUrl, state?.error?.detail ?? state?.status ?? 'no answer');
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    state = (await client.GET('/v1/jobs/{job}', { params: { path: { job: job.id } } })).data;
  }
}

async function filesOf(client: Client, path: { job: string }): Promise<BackupFile[]> {
  const { data } = await client.GET('/v1/jobs/{job}/output', { params: { path }, parseAs: 'text' });
  const lines = String(data).trimEnd().split('\n');
  return lines.map((line) => (JSON.parse(line) as components['schemas']['JobResult']).response.body as BackupFile);
}

async function fetchFile(client: Client, path: { job: string }, { file, sha256 }: BackupFile, into: string) {
  const { data, response } = await client.GET('/v1/jobs/{job}/output', {
    params: { path, query: { file } },
    parseAs: 'stream',
  });
  expect(data, `file ${file} of the backup`, 'its bytes', response.status);
  await pipeline(Readable.fromWeb(data as never), createWriteStream(into));
  const got = await sha256File(into);
  expect(got === sha256, `file ${file} of the backup`, `SHA-256 ${sha256}`, got);
}
