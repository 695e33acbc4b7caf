import { createWriteStream } from 'node:fs';
import { dirname } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { asNoSpace } from '../../model/files/no-space-error.js';
import { Problem } from '../http/problems.js';

const NEWLINE = 0x0a;
const isInk = (byte: number): boolean => byte !== NEWLINE && byte !== 0x20 && byte !== 0x0d && byte !== 0x09;

/** Counts the lines that are not blank, over the pieces of a stream. */
class LineCounter {
  lines = 0;
  bytes = 0;
  #isCounted = false;

  add(chunk: Buffer): void {
    this.bytes += chunk.length;
    for (let start = 0; start < chunk.length; ) {
      const newline = chunk.indexOf(NEWLINE, start);
      const end = newline < 0 ? chunk.length : newline;
      if (!this.#isCounted && chunk.subarray(start, end).some(isInk)) {
        this.lines++;
        this.#isCounted = true;
      }
      if (newline >= 0) this.#isCounted = false;
      start = end + 1;
    }
  }
}

/**
 * Writes the lines of a job to a file, in little memory, and answers how many are not blank once they are on the disk. Throws a Problem
 * where they are more than `mostBytes`, a NoSpaceError where the disk is full.
 */
export async function writeInput(source: Readable, file: string, mostBytes: number): Promise<number> {
  const counter = new LineCounter();
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      counter.add(chunk);
      if (counter.bytes <= mostBytes) done(null, chunk);
      else done(new Problem('too-large', `the file of a job may have at most ${mostBytes} bytes`));
    },
  });
  try {
    await pipeline(source, count, createWriteStream(file, { flush: true }));
  } catch (error) {
    throw await asNoSpace(error, 'jobs', dirname(file), counter.bytes);
  }
  return counter.lines;
}
