import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Lies in a data directory until a start has succeeded, so that one which failed does not count as the first. */
const MARK = 'not-yet-started';

/** Whether no start in this data directory has succeeded yet; one that is empty or not there is marked. */
export async function isFirstStart(dataDir: string): Promise<boolean> {
  try {
    await mkdir(dataDir, { recursive: true });
    const names = await readdir(dataDir);
    if (names.length === 0) await writeFile(join(dataDir, MARK), '');
    return names.length === 0 || names.includes(MARK);
  } catch {
    // What is wrong with the folder is said by who opens it.
    return false;
  }
}

/** From now on starts in this data directory are not the first. */
export async function endFirstStart(dataDir: string): Promise<void> {
  await rm(join(dataDir, MARK), { force: true });
}
