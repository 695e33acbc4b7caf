import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { crc32 } from 'node:zlib';
import { expect } from '../../model/errors.js';
import { readLines } from './annotation-file.js';
import { expandBraces } from './expand-braces.js';
import type { DataFiles } from './readers.js';
import { createPairList, type PairRecord } from './records.js';
import { type Columns, findColumns, splitterOf } from './table-columns.js';

const URL_START = /^https?:\/\//i;

/**
 * Reads tables of captions and pictures, of which a pattern names several; rows of one picture become one record. Columns are found by the
 * header, or, without one, by which of them holds files or URLs (table-columns.ts). Throws with the line that has other columns.
 */
export async function readTsv({ annotations, images }: DataFiles): Promise<PairRecord[]> {
  const pairs = createPairList();
  const locate = createLocator(images);
  for (const file of expandBraces(annotations)) {
    for await (const row of readRows(file)) pairs.add(locate(row), [row.text]);
  }
  return pairs.records();
}

interface Row {
  image: string;
  text: string;
  /** Counted from 0, without the header. */
  index: number;
  /** How messages call its line. */
  what: string;
}

async function* readRows(file: string): AsyncGenerator<Row> {
  let split: ReturnType<typeof splitterOf> | undefined;
  let columns: Columns | undefined;
  let [line, index] = [0, 0];
  for await (const content of readLines(file)) {
    line++;
    if (content.trim() === '') continue;
    const what = `line ${line} of ${file}`;
    split ??= splitterOf(content);
    const cells = split(content, what);
    const isFirst = columns === undefined;
    columns ??= findColumns(cells, what);
    expect(cells.length === columns.count, what, `${columns.count} columns, as in the first line`, cells.length);
    if (isFirst && columns.isHeader) continue;
    yield { image: cells[columns.image]!.trim(), text: cells[columns.text]!.trim(), index: index++, what };
  }
}

/**
 * Finds the file of what a table calls a picture. Of the picture at a URL that is the last part of its path, or, as the usual downloaders
 * of Conceptual Captions name it, <row>_<crc32 of the URL> or <crc32 of the URL>. One that is not there keeps its URL as its name.
 */
function createLocator(folder: string): (row: Row) => string {
  const urls = new Map<string, string>();
  return ({ image, index, what }) => {
    // Flickr30k's results_20130124.token counts the captions of a picture behind its name.
    if (!URL_START.test(image)) return resolve(folder, image.replace(/(\.\w+)#\d+$/, '$1'));
    const crc = crc32(image);
    const paths = [lastPart(image), `${index}_${crc}`, `${crc}`].map((name) => resolve(folder, name));
    const found = paths.find((path) => path !== folder && existsSync(path));
    if (found === undefined) return image;
    const other = urls.get(found) ?? image;
    urls.set(found, image);
    expect(other === image, what, 'a URL whose picture has a file of its own', `${found}, as ${other} has`);
    return found;
  };
}

/** The last part of a URL's path, as it is named when it is saved; empty where it has none. */
function lastPart(url: string): string {
  const part =
    url
      .replace(/[?#].*$/s, '')
      .replace(URL_START, '')
      .split('/')
      .slice(1)
      .at(-1) ?? '';
  try {
    return decodeURIComponent(part).replaceAll('/', '_');
  } catch {
    return part;
  }
}
