import type { Readable } from 'node:stream';
import { Problem } from '../http/problems.js';
import { isShallow } from '../is-shallow.js';

const NEWLINE = 0x0a;

/** A line without its end, null where it is over the limit, and how many bytes it takes with its end. */
interface Line {
  line: Uint8Array | null;
  bytes: number;
}

/** The lines of a stream; one over the limit takes no memory beyond it. */
export async function* linesOf(stream: Readable, mostBytes: number): AsyncGenerator<Line> {
  let parts: Buffer[] = [];
  let size = 0;
  const taken = (endBytes: number): Line => {
    const found = { line: size > mostBytes ? null : Buffer.concat(parts), bytes: size + endBytes };
    parts = [];
    size = 0;
    return found;
  };
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      parts.push(chunk.subarray(start, end));
      size += end - start;
      yield taken(1);
      start = end + 1;
    }
    size += chunk.length - start;
    if (size <= mostBytes) parts.push(chunk.subarray(start));
    else parts = [];
  }
  if (size > 0) yield taken(0);
}

/** The JSON of a line with this number, null being one over the limit. Throws a Problem that names the line. */
export function parseLine(line: Uint8Array | null, number: number): unknown {
  if (!line) throw new Problem('too-large', `line ${number}: over the size limit of one line`);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(line));
  } catch (error) {
    throw new Problem('bad-request', `line ${number}: expected JSON, got ${(error as Error).message}`);
  }
  if (!isShallow(value)) throw new Problem('bad-request', `line ${number}: nested too deep`);
  return value;
}

/** A line of white space is no line; one over the limit is one. */
export const isBlank = (line: Uint8Array | null): boolean =>
  line?.every((byte) => byte === 0x20 || byte === 0x0d || byte === 0x09) ?? false;
