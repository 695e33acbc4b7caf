import { basename, join } from 'node:path';
import { z } from 'zod';
import { checkForm, readJson } from './annotation-file.js';
import { givenNames, locateImage } from './locate-image.js';
import type { DataFiles } from './readers.js';
import { type PairRecord, pairRecord } from './records.js';

const id = z.union([z.int(), z.string()]);
const named = { filename: z.string().optional(), image: z.string().optional(), file_name: z.string().optional() };
const captions = z.object({
  images: z.array(z.object({ id, ...named })).default([]),
  annotations: z.array(z.object({ image_id: id, caption: z.string(), ...named })),
});
type Named = { [name in keyof typeof named]?: string | undefined };
const FORM = 'the COCO form {images: [{id, file_name}], annotations: [{image_id, caption}]}';

/**
 * Reads a captions_*.json of COCO, which is one split, in the order of its pictures. A picture is named by filename, image or file_name of
 * its entry, or else by its id, and lies in the folder of pictures or in one named like its subset there (train2014). Throws when the
 * file is not of that form.
 */
export async function readCoco({ annotations: file, images: folder }: DataFiles): Promise<PairRecord[]> {
  const { images, annotations } = checkForm(captions, await readJson(file), `annotations ${file}`, FORM);
  const subsets = /(?:train|val|test)20\d\d/.exec(basename(file)) ?? [];
  const pictures = new Map<string, { entry: Named; texts: string[] }>();
  for (const entry of images) pictures.set(String(entry.id), { entry, texts: [] });
  for (const entry of annotations) {
    const known = pictures.get(String(entry.image_id));
    if (known) known.texts.push(entry.caption);
    else pictures.set(String(entry.image_id), { entry, texts: [entry.caption] });
  }
  return Array.from(pictures, ([key, { entry, texts }]) => {
    const names = [...givenNames(entry), entry.file_name ?? []].flat();
    return pairRecord({ file: locateImage(folder, cocoNames(names, key, subsets)) }, texts);
  });
}

/**
 * Under which names a picture of COCO is looked for: those that are given, then the official ones for its id, COCO_<subset>_<12 digits> (2014,
 * 2015) and the 12 digits alone (2017); each by itself, then in the folder of its subset. The likeliest subset comes first.
 */
export function cocoNames(
  given: readonly string[],
  id: number | string | undefined,
  subsets: readonly string[],
): string[] {
  const digits = `${`${id}`.padStart(12, '0')}.jpg`;
  const official = id === undefined ? [] : [...subsets.map((subset) => `COCO_${subset}_${digits}`), digits];
  return [...given, ...official].flatMap((name) => {
    const own = /^COCO_([a-z]+20\d\d)_/.exec(name)?.[1];
    return [name, ...(own === undefined ? subsets : [own]).map((subset) => join(subset, name))];
  });
}
