import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { open, type RootDatabase } from 'lmdb';
import { ExpectationError, expect } from '../../model/errors.js';
import { checkLmdbFile } from './check-lmdb-file.js';
import { copyEnvironment, usedBytes } from './copy-environment.js';
import { checkVersion, type Key, TABLE_NAMES } from './store.js';
import { type BackupFile, STORE_FOLDER, writeBackup } from './write-backup.js';

/**
 * Writes a consistent backup of a data directory to `out`, also while another process serves from it. Throws an ExpectationError where
 * there is no store, it was written by a newer release, or `out` is not empty; a NoSpaceError where the disk is full.
 */
export async function copyStore(dataDir: string, out: string): Promise<BackupFile[]> {
  const dir = join(dataDir, STORE_FOLDER);
  const file = join(dir, 'data.mdb');
  expect(existsSync(file), `data directory ${dataDir}`, 'one with a store', 'none');
  await checkLmdbFile(file);
  const root = openToRead(dir);
  try {
    checkVersion(root.get('schema'), dir);
    const tables = TABLE_NAMES.flatMap((name) => root.openDB<unknown, Key>({ name }) ?? []);
    return await writeBackup(out, usedBytes(tables), (to) => copyEnvironment(root, to));
  } finally {
    await root.close();
  }
}

function openToRead(dir: string): RootDatabase<unknown, string> {
  try {
    return open({ path: dir, readOnly: true, encoding: 'json', maxDbs: 16, noSubdir: false });
  } catch (error) {
    throw new ExpectationError(`store ${dir}`, 'a readable LMDB environment', (error as Error).message);
  }
}
