import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isPicture } from './image-source.js';
import { listFiles } from './list-files.js';
import type { DataFiles } from './readers.js';
import { type PairRecord, pairRecord } from './records.js';
import { sampleTexts } from './sample-texts.js';

/**
 * Reads the pictures in a folder and below it, each with its text in a .txt file of the same name beside it, or else under caption, captions
 * or text in a .json one, as downloaders of web pictures save them.
 */
export async function readImageFolder({ images: folder }: DataFiles): Promise<PairRecord[]> {
  const files = await listFiles(folder);
  const present = new Set(files);
  const read = (path: string) => readFile(join(folder, path), 'utf8');
  const records: PairRecord[] = [];
  for (const path of files.filter(isPicture)) {
    const [txt, json] = ['.txt', '.json'].map((ending) => path.replace(/\.\w+$/, ending)) as [string, string];
    const texts = present.has(txt)
      ? [await read(txt)]
      : present.has(json)
        ? sampleTexts(await read(json), join(folder, json))
        : [];
    records.push(pairRecord({ file: join(folder, path) }, texts));
  }
  return records;
}
