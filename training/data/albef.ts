import { basename } from 'node:path';
import { z } from 'zod';
import { expect } from '../../model/errors.js';
import { checkForm } from './annotation-file.js';
import { expandBraces } from './expand-braces.js';
import { readJsonList } from './json-list.js';
import { givenNames, locateImage } from './locate-image.js';
import type { DataFiles } from './readers.js';
import { createPairList, type PairRecord } from './records.js';

const row = z.object({
  image: z.string().optional(),
  filename: z.string().optional(),
  caption: z.union([z.string(), z.array(z.string())], { error: 'expected a text or a list of texts' }),
});
const FORM = "ALBEF's form [{image, caption}]";

/**
 * Reads ALBEF's JSON lists, of which a pattern such as `{vg,sbu}.json` names several; entries of one picture become one record. The lists as
 * published have paths of their authors' machine: a picture that is not at its path is looked for by its bare name. Throws when a file is
 * not of that form.
 */
export async function readAlbef({ annotations, images: folder }: DataFiles): Promise<PairRecord[]> {
  const pairs = createPairList();
  for (const file of expandBraces(annotations)) {
    let index = 0;
    for await (const item of readJsonList(file)) {
      const what = `entry ${index++} of ${file}`;
      const { caption, ...named } = checkForm(row, item, what, FORM);
      const names = givenNames(named);
      expect(names.length, what, 'a file name under image or filename', 'none');
      pairs.add(locateImage(folder, [...names, ...names.map((name) => basename(name))]), [caption].flat());
    }
  }
  return pairs.records();
}
