import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomically } from '../../model/files/write-atomically.js';
import type { DataSource } from '../data/read-data.js';

const NAMED = 5;

/**
 * Writes RUN/skipped.txt, a line for each picture that the run does without: its name, a tab, and why; no file where there is none. Returns
 * lines to say: how many they are and the first of them, and how many examples their formats leave out.
 */
export async function listSkipped(
  run: string,
  sources: readonly Pick<DataSource<unknown>, 'skipped' | 'leftOut'>[],
): Promise<string[]> {
  const said = sources
    .flatMap(({ leftOut = [] }) => leftOut)
    .map(({ count, reason }) => `left out ${count} examples: ${reason}`);
  const file = join(run, 'skipped.txt');
  const skipped = sources
    .flatMap((source) => source.skipped)
    .map(({ name, reason }) => ({ name, reason: reason.replaceAll(/\s+/g, ' ') }));
  if (skipped.length === 0) {
    await rm(file, { force: true });
    return said;
  }
  await writeAtomically(file, skipped.map(({ name, reason }) => `${name}\t${reason}\n`).join(''));
  const named = skipped.slice(0, NAMED).map(({ name, reason }) => `${name} (${reason})`);
  const more = skipped.length > NAMED ? `, ...; all of them: ${file}` : '';
  return [`skipped ${skipped.length} pictures: ${named.join(', ')}${more}`, ...said];
}
