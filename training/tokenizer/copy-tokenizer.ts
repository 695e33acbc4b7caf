import { copyFile, readFile } from 'node:fs/promises';
import { writeAtomically } from '../../model/files/write-atomically.js';
import { type Normalizer, type TextCleaning, withCleaning } from '../../model/tokenizer/text-cleaning.js';
import { loadTokenizer } from '../../model/tokenizer/tokenizer.js';

/**
 * Copies a tokenizer.json, byte by byte where it cleans texts as it should already, and with the cleaning put before its normalizer
 * where it does not. Throws, naming it, when it is no tokenizer.
 */
export async function copyTokenizer(file: string, out: string, cleaning: TextCleaning): Promise<void> {
  loadTokenizer(file);
  const json = JSON.parse(await readFile(file, 'utf8')) as { normalizer?: Normalizer | null };
  const before = json.normalizer ?? null;
  const normalizer = withCleaning(before, cleaning);
  if (normalizer === before) await copyFile(file, out);
  else await writeAtomically(out, `${JSON.stringify({ ...json, normalizer }, null, 1)}\n`);
}
