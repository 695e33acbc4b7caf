import { copyFile, mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ExpectationError } from '../../model/errors.js';
import { writeAtomically } from '../../model/files/write-atomically.js';
import { readKarpathy } from '../data/karpathy.js';

/**
 * Puts the test pictures of a Karpathy data folder (captions.json and images/) into a bundle as its `examples`, each with its first caption.
 * They are no part of the model: its id stays. Throws when the folder has no test pictures.
 */
export async function addExamples(bundle: string, folder: string): Promise<number> {
  const records = await readKarpathy({
    annotations: join(folder, 'captions.json'),
    images: join(folder, 'images'),
    split: 'test',
  });
  if (records.length === 0) throw new ExpectationError(`--examples ${folder}`, 'pictures of the split test', 'none');
  const target = join(bundle, 'examples');
  await mkdir(join(target, 'images'), { recursive: true });
  const lines: string[] = [];
  for (const { image, texts } of records) {
    const name = basename(image.file);
    await copyFile(image.file, join(target, 'images', name));
    lines.push(`${JSON.stringify({ id: name.replace(/\.\w+$/, ''), file: `images/${name}`, caption: texts[0] })}\n`);
  }
  await writeAtomically(join(target, 'examples.jsonl'), lines.join(''));
  return records.length;
}
