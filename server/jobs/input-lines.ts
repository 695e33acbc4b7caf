import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { isBlank, linesOf } from '../items/ndjson-lines.js';
import type { Checkpoint } from './job.js';
import { JOB_FILES } from './job-folder.js';

/** A line of a job's file. */
export interface InputLine {
  /** Null where it is over the limit. */
  line: Uint8Array | null;
  /** From 1 on; blank lines count. */
  number: number;
  /** Where the next line begins, in bytes. */
  end: number;
}

/** The lines of a job's file from a checkpoint on, but for blank ones. */
export async function* inputLines(
  dir: string,
  { inputBytes, inputLines: before }: Checkpoint,
  mostBytes: number,
): AsyncGenerator<InputLine> {
  let number = before;
  let end = inputBytes;
  const stream = createReadStream(join(dir, JOB_FILES.input), { start: inputBytes, highWaterMark: 1 << 18 });
  try {
    for await (const { line, bytes } of linesOf(stream, mostBytes)) {
      number++;
      end += bytes;
      if (!isBlank(line)) yield { line, number, end };
    }
  } finally {
    stream.destroy();
  }
}
