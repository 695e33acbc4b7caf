import { z } from 'zod';
import { checkForm } from './annotation-file.js';
import { readJsonList } from './json-list.js';
import { givenNames, locateImage } from './locate-image.js';
import type { DataFiles } from './readers.js';
import { type PairRecord, pairRecord } from './records.js';

const id = z.union([z.int(), z.string()]);
const picture = z
  .object({
    id: id.optional(),
    image_id: id.optional(),
    filename: z.string().optional(),
    image: z.string().optional(),
    regions: z.array(z.object({ phrase: z.string() })),
  })
  .refine((one) => (one.id ?? one.image_id ?? one.filename ?? one.image) !== undefined, { message: 'no id' });
const FORM = "Visual Genome's region descriptions [{id, regions: [{phrase}]}]";

/** The folders of the two official archives, images.zip and images2.zip. */
const FOLDERS = ['', 'VG_100K/', 'VG_100K_2/'];

/**
 * Reads Visual Genome's region_descriptions.json: the phrases of a picture's regions are its texts, each once. Pictures are named by
 * filename, image or id, and lie in the folder of pictures or in the official folders there. Throws when the file is not of that form.
 */
export async function readVisualGenome({ annotations: file, images: folder }: DataFiles): Promise<PairRecord[]> {
  const records: PairRecord[] = [];
  for await (const item of readJsonList(file)) {
    const one = checkForm(picture, item, `picture ${records.length} of ${file}`, FORM);
    const key = one.id ?? one.image_id;
    const names = [...givenNames(one), ...(key === undefined ? [] : [`${key}.jpg`])];
    const image = {
      file: locateImage(
        folder,
        names.flatMap((name) => FOLDERS.map((inner) => inner + name)),
      ),
    };
    records.push(pairRecord(image, [...new Set(one.regions.map(({ phrase }) => phrase.trim()))]));
  }
  return records;
}
