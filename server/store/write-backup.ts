// A backup is a folder that a data directory can start from: it holds the store, and everything else is made again from that.
import { mkdir, open, readdir, rename, rm, rmdir, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect } from '../../model/errors.js';
import { asNoSpace, NoSpaceError } from '../../model/files/no-space-error.js';
import { sha256File } from '../../model/files/sha256-file.js';
import { syncFolder } from '../../model/files/write-atomically.js';

/** The store's folder in a data directory and in a backup. */
export const STORE_FOLDER = 'store';
/** Under another name until it is whole: a data directory with this in it has no store. */
export const UNFINISHED_BACKUP = 'unfinished-backup';
/** What the disk must have beyond the copy, so that whoever else writes to it is not stopped. */
const SPARE_BYTES = 1 << 20;

/** A file of a backup, its name relative to the backup. */
export interface BackupFile {
  file: string;
  bytes: number;
  sha256: string;
}

/** Throws an ExpectationError unless the folder is empty or not there. */
export async function expectEmpty(dir: string): Promise<void> {
  const names = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  expect(names.length === 0, `backup ${dir}`, 'a new or empty folder', `one with ${names[0]} in it`);
}

/** What a process that was killed left of a backup in `dir`. */
export async function removeUnfinished(dir: string): Promise<void> {
  await rm(join(dir, UNFINISHED_BACKUP), { recursive: true, force: true });
  // Not where it holds something else, or is not there.
  await rmdir(dir).catch(() => undefined);
}

/** Flushes the files of a folder, and says what they are. */
async function flushed(folder: string, signal?: AbortSignal): Promise<BackupFile[]> {
  const files: BackupFile[] = [];
  for (const name of (await readdir(folder)).sort()) {
    signal?.throwIfAborted();
    const path = join(folder, name);
    const handle = await open(path, 'r');
    await handle.sync().finally(() => handle.close());
    files.push({ file: `${STORE_FOLDER}/${name}`, bytes: (await stat(path)).size, sha256: await sha256File(path) });
  }
  await syncFolder(folder);
  return files;
}

/**
 * Fills `dir`, new or empty, with a backup: `write` fills the folder of the store, with about `neededBytes`. Afterwards the whole backup is
 * there and on the disk, or nothing of it. Throws an ExpectationError where the folder is not empty, a NoSpaceError where the disk is full,
 * the reason of `signal` where it is aborted before all is there; what runs in LMDB cannot be broken off.
 */
export async function writeBackup(
  dir: string,
  neededBytes: number,
  write: (storeDir: string) => Promise<void>,
  signal?: AbortSignal,
): Promise<BackupFile[]> {
  signal?.throwIfAborted();
  await expectEmpty(dir);
  const isNew = (await mkdir(dir, { recursive: true })) !== undefined;
  const unfinished = join(dir, UNFINISHED_BACKUP);
  try {
    const { bavail, bsize } = await statfs(dir);
    const free = bavail * bsize;
    const room = neededBytes + SPARE_BYTES;
    if (free < room) throw new NoSpaceError(`backup ${dir}`, room, free);
    await mkdir(unfinished);
    await write(unfinished);
    const files = await flushed(unfinished, signal);
    signal?.throwIfAborted();
    await rename(unfinished, join(dir, STORE_FOLDER));
    await Promise.all([syncFolder(dir), syncFolder(dirname(dir))]);
    return files;
  } catch (error) {
    const reason = await asNoSpace(error, `backup ${dir}`, dir, neededBytes);
    await rm(unfinished, { recursive: true, force: true });
    if (isNew) await rmdir(dir).catch(() => undefined);
    throw reason;
  }
}
