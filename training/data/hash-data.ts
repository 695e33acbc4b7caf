import { createHash } from 'node:crypto';
import { relative, sep } from 'node:path';
import { sha256File } from '../../model/files/sha256-file.js';
import { dataFiles, type GivenData, readerOf } from './readers.js';
import { RECORD_KINDS } from './record-kinds.js';
import type { RecordKind, Records } from './records.js';

/**
 * The SHA-256, in lower-case hex, that tells whether a data set is the same one: of its annotation file; of several, of their hashes, a line
 * each; where the pictures' files and names say everything (shards, folders), of the names, sizes in a shard, and texts of what was read.
 */
export async function hashData<K extends RecordKind>(
  kind: K,
  entry: GivenData,
  records: readonly Records[K][],
): Promise<string> {
  const given = dataFiles(kind, entry);
  const files = await readerOf(kind, entry.format).annotationFiles(given);
  if (files.length === 1) return sha256File(files[0]!);
  const hash = createHash('sha256');
  for (const file of files) hash.update(`${await sha256File(file)}\n`);
  if (files.length === 0) {
    const { images, texts } = RECORD_KINDS[kind];
    const nameOf = (file: string) => relative(given.images, file).replaceAll(sep, '/');
    for (const record of records) {
      const pictures = images(record).map(({ file, member }) => [member?.name ?? nameOf(file), member?.length]);
      hash.update(`${JSON.stringify([pictures, texts(record)])}\n`);
    }
  }
  return hash.digest('hex');
}
