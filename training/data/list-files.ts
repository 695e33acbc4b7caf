import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ExpectationError } from '../../model/errors.js';

/** What file systems and archivers leave behind is none of the data's. */
const isForeign = (name: string) => name.startsWith('.') || name === '__MACOSX';

/**
 * The files in a folder and below it, links followed, as paths within it in the order of their names; hidden ones are left out. Throws
 * when there is no such folder.
 */
export async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    throw new ExpectationError('images', 'a readable folder', `${folder} (${error.code})`);
  });
  const found: string[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (isForeign(entry.name)) continue;
    const path = join(folder, entry.name);
    const kind = entry.isSymbolicLink() ? await stat(path).catch(() => undefined) : entry;
    if (kind?.isDirectory()) found.push(...(await listFiles(path)).map((inner) => join(entry.name, inner)));
    else if (kind?.isFile()) found.push(entry.name);
  }
  return found;
}
