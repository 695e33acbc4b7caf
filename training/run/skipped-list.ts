import { appendFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomically } from '../../model/files/write-atomically.js';
import { type DataSource, describeSkipped, type SkippedPicture } from '../data/read-data.js';

const NAMED = 5;
const listOf = (run: string): string => join(run, 'skipped.txt');
const lineOf = ({ name, reason }: SkippedPicture): string => `${name}\t${reason}\n`;
const onOneLine = ({ name, reason }: SkippedPicture): SkippedPicture => ({
  name,
  reason: reason.replaceAll(/\s+/g, ' '),
});

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
  const file = listOf(run);
  const skipped = sources.flatMap((source) => source.skipped).map(onOneLine);
  if (skipped.length === 0) {
    await rm(file, { force: true });
    return said;
  }
  await writeAtomically(file, skipped.map(lineOf).join(''));
  const named = skipped.slice(0, NAMED).map(describeSkipped);
  const more = skipped.length > NAMED ? `, ...; all of them: ${file}` : '';
  return [`skipped ${skipped.length} pictures: ${named.join(', ')}${more}`, ...said];
}

/** Adds a picture that training has come to and cannot use. Returns a line to say. */
export function addSkipped(run: string, picture: SkippedPicture): string {
  const skipped = onOneLine(picture);
  appendFileSync(listOf(run), lineOf(skipped));
  return `skipped ${describeSkipped(skipped)}, and the samples that show it`;
}
