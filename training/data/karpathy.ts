import { join } from 'node:path';
import { z } from 'zod';
import { expect } from '../../model/errors.js';
import { checkForm, readJson } from './annotation-file.js';
import { givenNames, locateImage } from './locate-image.js';
import type { DataFiles } from './readers.js';
import { type PairRecord, pairRecord } from './records.js';

const sentence = z.object({ raw: z.string().optional(), tokens: z.array(z.string()).optional() });
const picture = z.object({
  filename: z.string().optional(),
  image: z.string().optional(),
  filepath: z.string().optional(),
  split: z.string(),
  sentences: z.array(sentence),
});
const annotations = z.object({ images: z.array(picture) });
const FORM = 'the karpathy form {images: [{filename, split, sentences}]}';

/** `restval` is the part of COCO's validation pictures that everyone trains on (ViLT utils/write_coco_karpathy.py:21-34). */
const belongs = (one: string, split: string) => one === split || (one === 'restval' && split === 'train');

/**
 * Reads one split of a Karpathy file (dataset_coco.json, dataset_flickr30k.json and their relatives). A picture lies in
 * images/filename, or in images/filepath/filename (COCO). Throws when the file is not of that form, or when the
 * split is empty: the message then lists the splits that the file has.
 */
export async function readKarpathy({ annotations: file, images: folder, split }: DataFiles): Promise<PairRecord[]> {
  const pictures = checkForm(annotations, await readJson(file), `annotations ${file}`, FORM).images;
  const chosen = pictures.filter((one) => belongs(one.split, split));
  const present = [...new Set(pictures.map((one) => one.split))].sort();
  expect(chosen.length, `split "${split}" of ${file}`, `one of ${present.join(', ') || 'no splits'}`, 'no pictures');
  return chosen.map((one, index) => {
    const names = givenNames(one);
    const what = `picture ${index} of split "${split}" in ${file}`;
    expect(names.length, what, 'a file name under filename or image', 'none');
    const { filepath } = one;
    const nested = filepath === undefined ? [] : names.map((name) => join(filepath, name));
    const image = { file: locateImage(folder, [...names, ...nested]) };
    return pairRecord(
      image,
      one.sentences.map(({ raw, tokens }) => raw ?? tokens?.join(' ') ?? ''),
    );
  });
}
