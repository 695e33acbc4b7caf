import { expect } from '../../model/errors.js';
import { type Place, parseJson, readChunks } from './annotation-file.js';

/** How far the scan of a file is. */
interface Scan {
  /** Bytes before the chunk at hand, and before the line at hand. */
  chunkStart: number;
  lineStart: number;
  line: number;
  /** Brackets open, the list's own included. */
  depth: number;
  inString: boolean;
  escaped: boolean;
}

const code = (character: string) => character.charCodeAt(0);
const [QUOTE, BACKSLASH, COMMA, NEWLINE] = [code('"'), code('\\'), code(','), code('\n')];
const [LIST, LIST_END, MAPPING, MAPPING_END] = [code('['), code(']'), code('{'), code('}')];
const BYTE_ORDER_MARK = 0xef;

/**
 * Reads a JSON file that is one list, item by item: such files grow beyond what fits into one string (Visual Genome's regions, ALBEF's
 * lists of web pictures). Throws, with the line, when the file is not JSON or no list.
 */
export async function* readJsonList(file: string): AsyncGenerator<unknown> {
  const what = `annotations ${file}`;
  for await (const { text, ...place } of splitList(file, what)) yield parseJson(text, what, place);
}

/** Cuts the list at its own commas, without looking at what lies between them. */
async function* splitList(file: string, what: string): AsyncGenerator<{ text: string } & Place> {
  const scan: Scan = { chunkStart: 0, lineStart: 0, line: 1, depth: 0, inString: false, escaped: false };
  let state = 'before' as 'before' | 'inside' | 'behind';
  let place: Place = { line: 1, column: 1 };
  let parts: Buffer[] = [];
  let items = 0;
  for await (const chunk of readChunks(file)) {
    let from = 0;
    const start = state === 'before' && chunk[0] === BYTE_ORDER_MARK ? 3 : 0;
    for (let i = nextMark(chunk, start, scan); i < chunk.length; i = nextMark(chunk, i + 1, scan)) {
      const found = `"${String.fromCharCode(chunk[i]!)}" in line ${scan.line}`;
      expect(state !== 'behind', what, 'nothing behind the list', found);
      if (state === 'before') {
        expect(chunk[i] === LIST, what, 'a JSON list', `${found}, where it begins`);
        state = 'inside';
      } else {
        const text = Buffer.concat([...parts, chunk.subarray(from, i)]).toString();
        parts = [];
        if (scan.depth === 0) state = 'behind';
        if (items++ > 0 || state === 'inside' || text.trim() !== '') yield { text, ...place };
      }
      from = i + 1;
      place = { line: scan.line, column: scan.chunkStart + from - scan.lineStart + 1 };
    }
    if (state === 'inside') parts.push(chunk.subarray(from));
    scan.chunkStart += chunk.length;
  }
  expect(state === 'behind', what, 'a JSON list', `the end of the file in line ${scan.line}, before that of the list`);
}

/** The next bracket or comma of the list itself, or byte outside of it; the length of the chunk where it has none. */
function nextMark(chunk: Buffer, from: number, scan: Scan): number {
  for (let i = from; i < chunk.length; i++) {
    const byte = chunk[i]!;
    if (byte === NEWLINE) {
      scan.line++;
      scan.lineStart = scan.chunkStart + i + 1;
    }
    if (scan.inString) {
      if (scan.escaped) scan.escaped = false;
      else if (byte === BACKSLASH) scan.escaped = true;
      else if (byte === QUOTE) scan.inString = false;
    } else if (byte === LIST || byte === MAPPING) {
      if (scan.depth++ === 0) return i;
    } else if (byte === LIST_END || byte === MAPPING_END) {
      if (--scan.depth <= 0) return i;
    } else if (byte === COMMA && scan.depth === 1) return i;
    else if (scan.depth === 0 && byte > 0x20) return i;
    else if (byte === QUOTE) scan.inString = true;
  }
  return chunk.length;
}
