import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { ExpectationError } from '../../model/errors.js';

/** A picture to put into a collection. */
export interface ListedPicture {
  id: string;
  /** Path of the picture. */
  file: string;
  caption?: string;
  metadata?: Record<string, unknown>;
}

const PICTURE = /\.(jpe?g|png|webp|gif|avif|tiff?)$/i;

/**
 * The pictures of a folder and the folders in it, in the order of their names, each with its relative path as id; or the lines of a
 * JSONL file, `{file, id?, caption?, metadata?}`, files relative to it. Throws, naming the line, where one is not such an object.
 */
export async function* readPictureList(path: string): AsyncGenerator<ListedPicture> {
  const info = await stat(path).catch(() => undefined);
  if (!info) throw new ExpectationError('pictures', 'a folder or a JSONL file', path);
  yield* info.isDirectory() ? readFolder(path) : readLines(path);
}

async function* readFolder(folder: string): AsyncGenerator<ListedPicture> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && PICTURE.test(entry.name));
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort();
  if (paths.length === 0) throw new ExpectationError(`pictures in ${folder}`, 'at least one', 'none');
  for (const file of paths) yield { id: relative(folder, file).split(sep).join('/'), file };
}

async function* readLines(path: string): AsyncGenerator<ListedPicture> {
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(path) })) {
    number++;
    if (line.trim() === '') continue;
    const { file, id, caption, metadata } = parseLine(line, `${path} line ${number}`);
    yield {
      id: id ?? file,
      file: join(dirname(path), file),
      ...(caption ? { caption } : {}),
      ...(metadata ? { metadata } : {}),
    };
  }
}

function parseLine(
  line: string,
  where: string,
): { file: string; id?: string; caption?: string; metadata?: Record<string, unknown> } {
  try {
    const value = JSON.parse(line);
    if (typeof value?.file === 'string') return value;
  } catch {
    // said below
  }
  throw new ExpectationError(where, 'a JSON object with file', line.slice(0, 80));
}
