import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { ExpectationError } from '../../model/errors.js';
import { jsonErrorOffset } from './json-error-offset.js';

/** An error of the file system as one that its reader can act on; any other as it is. */
export function fileError(file: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  return code ? new ExpectationError('annotations', 'a readable file', `${file} (${code})`) : error;
}

/** Pieces of a file of any size, in order. Throws, naming it, when it cannot be read. */
export async function* readChunks(file: string): AsyncGenerator<Buffer> {
  try {
    yield* createReadStream(file, { highWaterMark: 1 << 20 });
  } catch (error) {
    throw fileError(file, error);
  }
}

/** The lines of a text file, in order, without their ends and a byte order mark; line feeds alone separate them. */
export async function* readLines(file: string): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of readChunks(file)) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop()!;
    for (const line of lines) yield line.replace(/\r$/, '');
  }
  rest += decoder.decode();
  if (rest !== '') yield rest.replace(/\r$/, '');
}

/** Reads a JSON file. Throws, naming it, when it cannot be read or is not JSON, then with line and column. */
export async function readJson(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch((error) => {
    throw fileError(file, error);
  });
  return parseJson(text.replace(/^\uFEFF/, ''), `annotations ${file}`);
}

/** Counted from 1. */
export interface Place {
  line: number;
  column: number;
}

/** Parses JSON that begins at a place of a file. Throws with the place where it breaks. */
export function parseJson(text: string, what: string, start: Place = { line: 1, column: 1 }): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const offset = jsonErrorOffset(text);
    const before = text.slice(0, offset).split('\n');
    const column = before.at(-1)!.length + (before.length === 1 ? start.column : 1);
    const place = `line ${start.line + before.length - 1}, column ${column}`;
    const found = offset === text.length ? 'nothing more' : JSON.stringify(text.slice(offset, offset + 20));
    throw new ExpectationError(what, 'JSON', `${found} at ${place}`);
  }
}

/** Checks what was read against the form of its format. Throws with the path of the first key that is wrong. */
export function checkForm<T>(schema: z.ZodType<T>, value: unknown, what: string, form: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const where = issue.path.map(String).join('.') || 'its value';
  throw new ExpectationError(what, form, `${where}: ${issue.message}`);
}
