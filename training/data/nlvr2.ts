import { join } from 'node:path';
import { z } from 'zod';
import { expect } from '../../model/errors.js';
import type { ImageSource } from './image-source.js';
import { readJsonLines } from './json-lines.js';
import { labelledAlike, readTruth } from './label.js';
import { locateImage } from './locate-image.js';
import type { DataFiles } from './readers.js';
import type { StatementRecord } from './records.js';

const row = z.object({
  identifier: z.string(),
  sentence: z.string(),
  label: z.unknown().optional(),
  directory: z.union([z.int(), z.string()]).optional(),
  left: z.string().optional(),
  right: z.string().optional(),
});
const FORM = "NLVR2's form {identifier, sentence, label}";

/**
 * Reads NLVR2's JSON lines. The pictures are named by left and right, or by the identifier <split>-<set>-<pair>-<sentence> as
 * <split>-<set>-<pair>-img0.png and -img1.png, and lie in the folder of pictures or in those of their split and directory there. Throws
 * where a line is not of that form or its label is neither True nor False.
 */
export async function readNlvr2({ annotations: file, images: folder }: DataFiles): Promise<StatementRecord[]> {
  const locate = createLocator(folder);
  const rows: { record: StatementRecord; what: string }[] = [];
  for await (const { row: one, what } of readJsonLines(file, row, FORM)) {
    const { identifier, sentence, directory } = one;
    const picture = (side: 'left' | 'right'): ImageSource => {
      const official = officialNames(identifier, side, directory);
      const names = [one[side] ?? [], official].flat();
      expect(names.length, what, 'left and right, or an identifier such as dev-850-0-0', identifier);
      return locate(names);
    };
    const label = readTruth(one.label, what);
    const record = {
      left: picture('left'),
      right: picture('right'),
      sentence,
      label,
      identifier,
      set: setOf(identifier),
    };
    rows.push({ record, what });
  }
  return labelledAlike(rows);
}

/** Examples of one sentence share all fields of their identifier but the third, the pair of pictures (nlvr2/eval/metrics.py:36-58). */
const setOf = (identifier: string): string =>
  identifier
    .split('-')
    .filter((_, field) => field !== 2)
    .join('-');

/** Where the official archives have a picture; none where the identifier does not tell. */
function officialNames(identifier: string, side: 'left' | 'right', directory: number | string | undefined): string[] {
  const [, pair, split] = /^(([^-]+)-.+)-[^-]+$/.exec(identifier) ?? [];
  if (pair === undefined) return [];
  const name = `${pair}-img${side === 'left' ? 0 : 1}.png`;
  const folders = ['', split!, ...(directory === undefined ? [] : [`${directory}`, join(split!, `${directory}`)])];
  return folders.map((inner) => join(inner, name));
}

/** Finds pictures; several statements are about one. */
function createLocator(folder: string): (names: readonly string[]) => ImageSource {
  const known = new Map<string, ImageSource>();
  return (names) => {
    const key = names.join('\n');
    const image = known.get(key) ?? { file: locateImage(folder, names) };
    known.set(key, image);
    return image;
  };
}
