import { ExpectationError, expect } from '../../model/errors.js';
import { isPicture } from './image-source.js';

/** Where a table has its pictures and texts. */
export interface Columns {
  image: number;
  text: number;
  count: number;
  isHeader: boolean;
}

/** What headers call the column of pictures, the best name first, and that of texts. */
const IMAGE_NAMES = ['filename', 'image', 'file', 'filepath', 'image_name', 'file_name', 'image_path', 'path'];
const URL_NAMES = ['url', 'image_url', 'img_url'];
const TEXT_NAMES = ['caption', 'text', 'title', 'comment', 'sentence', 'description'];

/** Captions of one picture may be counted behind its name: `1000092795.jpg#0`. */
const namesPicture = (cell: string) => /^https?:\/\//i.test(cell) || isPicture(cell.replace(/#\d+$/, ''));

/**
 * Finds the columns by the first line of a table: by the names of a header, or else the first one that holds a URL or a picture's file, and
 * the first one beside it. Throws where that tells nothing.
 */
export function findColumns(cells: readonly string[], what: string): Columns {
  const names = cells.map((cell) => cell.trim().toLowerCase());
  const position = (known: readonly string[]) =>
    known.map((name) => names.indexOf(name)).find((index) => index >= 0) ?? -1;
  const header = { image: position([...IMAGE_NAMES, ...URL_NAMES]), text: position(TEXT_NAMES) };
  const count = cells.length;
  if (header.image >= 0 && header.text >= 0) return { ...header, count, isHeader: true };
  const image = cells.findIndex((cell) => namesPicture(cell.trim()));
  const text = cells.findIndex((_, index) => index !== image);
  expect(
    image >= 0 && text >= 0,
    what,
    `a caption and a picture's file or URL, or a header with one of ${TEXT_NAMES.join(', ')} and one of ${[...IMAGE_NAMES, ...URL_NAMES].join(', ')}`,
    JSON.stringify(cells).slice(0, 120),
  );
  return { image, text, count, isHeader: false };
}

/** How the lines of a table are cut, by its first one: at tabs; without any, at bars; without those at commas, with quotes as in CSV. */
export function splitterOf(line: string): (line: string, what: string) => string[] {
  const separator = ['\t', '|'].find((mark) => line.includes(mark));
  return separator === undefined ? splitCsv : (other) => other.split(separator);
}

/** A line of CSV (RFC 4180): a cell in quotes may hold commas, and a quote that is written twice. */
function splitCsv(line: string, what: string): string[] {
  const cells: string[] = [];
  const cell = /("(?:[^"]|"")*"|[^",][^,]*|)(,|$)/y;
  for (;;) {
    const found = cell.exec(line);
    if (!found)
      throw new ExpectationError(what, 'cells of CSV, with closed quotes', JSON.stringify(line.slice(0, 120)));
    const [, content, end] = found as unknown as [string, string, string];
    cells.push(content.startsWith('"') ? content.slice(1, -1).replaceAll('""', '"') : content);
    if (end === '') return cells;
  }
}
