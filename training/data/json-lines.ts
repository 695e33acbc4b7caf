import { basename } from 'node:path';
import type { z } from 'zod';
import { checkForm, parseJson, readLines } from './annotation-file.js';

/** A row of a file. */
export interface Row<T> {
  row: T;
  /** What messages call it. */
  what: string;
  /** What tells it from the others where it has no id of its own; without a path. */
  id: string;
}

/** Reads a file of one JSON value a line; empty lines are passed over. Throws with the line that is not JSON or not of the form. */
export async function* readJsonLines<T>(file: string, schema: z.ZodType<T>, form: string): AsyncGenerator<Row<T>> {
  let line = 0;
  for await (const content of readLines(file)) {
    line++;
    if (content.trim() === '') continue;
    const what = `line ${line} of ${file}`;
    const value = parseJson(content, `annotations ${file}`, { line, column: 1 });
    yield { row: checkForm(schema, value, what, form), what, id: `${basename(file)}:${line}` };
  }
}
