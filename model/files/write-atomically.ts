import { randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Writes `file` so that a reader, or a machine that loses power, finds the old content or the new one, never a part.
 * The content goes into a temporary file beside it, is flushed to the disk, and takes the name only then.
 * Throws what `write` throws, having removed the temporary file.
 */
export async function writeAtomically(
  file: string,
  write: string | Uint8Array | ((handle: FileHandle) => Promise<void>),
): Promise<void> {
  const temporary = join(dirname(file), `.${basename(file)}.${randomBytes(6).toString('hex')}.tmp`);
  const handle = await open(temporary, 'wx');
  try {
    try {
      if (typeof write === 'function') await write(handle);
      else await handle.writeFile(write);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(file));
}

/** Flushes the entries of a folder, so that a rename inside it outlives a power failure. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows opens no folders and writes their entries through.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
