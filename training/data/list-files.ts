import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ExpectationError } from '../../model/errors.js';

/** What file systems and archivers leave behind is none of the data's. */
const isForeign = (name: string) => name.startsWith('.') || name === '__MACOSX';

/** The names of the files and folders in a folder, in order, links followed and hidden ones left out. Throws when there is no such folder. */
export async function listFolder(folder: string): Promise<{ files: string[]; folders: string[] }> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    throw new ExpectationError('images', 'a readable folder', `${folder} (${error.code})`);
  });
  const found = { files: [] as string[], folders: [] as string[] };
  for (const entry of entries) {
    if (isForeign(entry.name)) continue;
    const kind = entry.isSymbolicLink() ? await stat(join(folder, entry.name)).catch(() => undefined) : entry;
    if (kind?.isDirectory()) found.folders.push(entry.name);
    else if (kind?.isFile()) found.files.push(entry.name);
  }
  return { files: found.files.sort(), folders: found.folders.sort() };
}

/** The files in a folder and below it, as paths within it: its own ones first, then those of its folders. */
export async function listFiles(folder: string): Promise<string[]> {
  const { files, folders } = await listFolder(folder);
  const below: string[] = [];
  for (const inner of folders) for (const path of await listFiles(join(folder, inner))) below.push(join(inner, path));
  return [...files, ...below];
}
