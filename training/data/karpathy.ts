import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { ExpectationError, expect } from '../../model/errors.js';
import type { DataFiles } from './formats.js';
import type { PairRecord } from './records.js';

const sentence = z.object({ raw: z.string().optional(), tokens: z.array(z.string()).optional() });
const picture = z.object({
  filename: z.string().optional(),
  image: z.string().optional(),
  filepath: z.string().optional(),
  split: z.string(),
  sentences: z.array(sentence),
});
type Picture = z.output<typeof picture>;
const annotations = z.object({ images: z.array(picture) });

/** `restval` is the part of COCO's validation pictures that everyone trains on (ViLT utils/write_coco_karpathy.py:21-34). */
const splitOf = (name: string) => (name === 'restval' ? 'train' : name);

/**
 * Reads one split of a Karpathy file (dataset_coco.json, dataset_flickr30k.json and their relatives). Throws when the file is
 * not of that form, or when the split is empty: the message then lists the splits that the file has.
 */
export async function readKarpathy({ annotations: file, images: folder, split }: DataFiles): Promise<PairRecord[]> {
  const pictures = await readAnnotations(file);
  const chosen = pictures.filter((one) => splitOf(one.split) === splitOf(split));
  const present = [...new Set(pictures.map((one) => splitOf(one.split)))].sort();
  expect(chosen.length, `split "${split}" of ${file}`, `one of ${present.join(', ') || 'no splits'}`, 'no pictures');
  return chosen.map((one, index) => {
    const imageFile = locate(one, folder, `picture ${index} of split "${split}" in ${file}`);
    return {
      imageFile,
      imageKey: imageFile,
      texts: one.sentences.map(({ raw, tokens }) => raw ?? tokens?.join(' ') ?? ''),
    };
  });
}

async function readAnnotations(file: string): Promise<Picture[]> {
  const source = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new ExpectationError('annotations', 'a readable file', `${file} (${error.code})`);
  });
  let document: unknown;
  try {
    document = JSON.parse(source);
  } catch (error) {
    throw new ExpectationError(`annotations ${file}`, 'JSON', (error as Error).message);
  }
  const parsed = annotations.safeParse(document);
  if (parsed.success) return parsed.data.images;
  const issue = parsed.error.issues[0]!;
  const where = issue.path.map(String).join('.') || 'the file';
  throw new ExpectationError(
    `annotations ${file}`,
    'the karpathy form {images: [{filename, split, sentences}]}',
    `${where}: ${issue.message}`,
  );
}

/** A picture lies in images/filepath/filename where that exists (COCO), else in images/filename. */
function locate({ filename, image, filepath }: Picture, folder: string, what: string): string {
  const name = filename ?? image;
  expect(name, what, 'a file name under filename or image', 'none');
  const nested = filepath === undefined ? undefined : join(folder, filepath, name);
  return nested !== undefined && existsSync(nested) ? nested : resolve(folder, name);
}
