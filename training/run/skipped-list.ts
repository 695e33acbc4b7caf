import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomically } from '../../model/files/write-atomically.js';
import type { RunSources } from './run-folder.js';

const NAMED = 5;

/**
 * Writes RUN/skipped.txt, a line for each picture that the run does without: its name, a tab, and why; no file where there is none. Returns
 * a line that counts them and names the first ones.
 */
export async function listSkipped(run: string, { train, val }: RunSources): Promise<string | undefined> {
  const file = join(run, 'skipped.txt');
  const skipped = [...train, ...val]
    .flatMap((source) => source.skipped)
    .map(({ name, reason }) => ({ name, reason: reason.replaceAll(/\s+/g, ' ') }));
  if (skipped.length === 0) {
    await rm(file, { force: true });
    return undefined;
  }
  await writeAtomically(file, skipped.map(({ name, reason }) => `${name}\t${reason}\n`).join(''));
  const named = skipped.slice(0, NAMED).map(({ name, reason }) => `${name} (${reason})`);
  const more = skipped.length > NAMED ? `, ...; all of them: ${file}` : '';
  return `skipped ${skipped.length} pictures: ${named.join(', ')}${more}`;
}
