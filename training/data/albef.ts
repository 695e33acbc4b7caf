import { basename } from 'node:path';
import { z } from 'zod';
import { expect } from '../../model/errors.js';
import { checkForm } from './annotation-file.js';
import { expandBraces } from './expand-braces.js';
import type { Row } from './json-lines.js';
import { readJsonList } from './json-list.js';
import { givenNames, locateImage, type NamedImage } from './locate-image.js';
import type { DataFiles } from './readers.js';
import { createPairList, type PairRecord } from './records.js';

export const albefImage = { image: z.string().optional(), filename: z.string().optional() };
const row = z.object({
  ...albefImage,
  caption: z.union([z.string(), z.array(z.string())], { error: 'expected a text or a list of texts' }),
});

/** Reads ALBEF's lists of captions; entries of one picture become one record. Throws when a file is not of that form. */
export async function readAlbef(files: DataFiles): Promise<PairRecord[]> {
  const pairs = createPairList();
  for await (const { row: one, what } of readAlbefRows(files, row, "ALBEF's form [{image, caption}]")) {
    pairs.add(locateAlbef(files, one, what), [one.caption].flat());
  }
  return pairs.records();
}

/** The rows of ALBEF's JSON lists, of which a pattern such as `{vg,sbu}.json` names several. */
export async function* readAlbefRows<T>(
  { annotations }: DataFiles,
  schema: z.ZodType<T>,
  form: string,
): AsyncGenerator<Row<T>> {
  for (const file of expandBraces(annotations)) {
    let index = 0;
    for await (const item of readJsonList(file)) {
      const what = `entry ${index} of ${file}`;
      yield { row: checkForm(schema, item, what, form), what, id: `${basename(file)}:${index++}` };
    }
  }
}

/**
 * The picture of a row. The lists as published have paths of their authors' machine: one that is not at its path is looked for by its bare
 * name. Throws where the row names none.
 */
export function locateAlbef({ images: folder }: DataFiles, row: NamedImage, what: string): string {
  const names = givenNames(row);
  expect(names.length, what, 'a file name under image or filename', 'none');
  return locateImage(folder, [...names, ...names.map((name) => basename(name))]);
}
