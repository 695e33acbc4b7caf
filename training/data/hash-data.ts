import { createHash } from 'node:crypto';
import { relative, sep } from 'node:path';
import { sha256File } from '../../model/files/sha256-file.js';
import type { DataEntry } from '../recipe/recipe.js';
import { dataFiles, READERS } from './readers.js';
import type { PairRecord } from './records.js';

/**
 * The SHA-256, in lower-case hex, that tells whether a data set is the same one: of its annotation file; of several, of their hashes, a line
 * each; where texts lie among the pictures (shards, folders), of the names, sizes in a shard, and texts of the pictures that were read.
 */
export async function hashData(entry: DataEntry, records: readonly PairRecord[]): Promise<string> {
  const given = dataFiles(entry);
  const files = await READERS[entry.format].annotationFiles(given);
  if (files.length === 1) return sha256File(files[0]!);
  const hash = createHash('sha256');
  for (const file of files) hash.update(`${await sha256File(file)}\n`);
  if (files.length === 0) {
    for (const { image, texts } of records) {
      const name = image.member?.name ?? relative(given.images, image.file).replaceAll(sep, '/');
      hash.update(`${JSON.stringify([name, image.member?.length, texts])}\n`);
    }
  }
  return hash.digest('hex');
}
