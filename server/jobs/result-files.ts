import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { asNoSpace } from '../../model/files/no-space-error.js';
import type { Problem } from '../http/problems.js';
import { problemBody } from '../http/problems.js';
import type { Checkpoint } from './job.js';
import { JOB_FILES } from './job-folder.js';

/** A line of a job's output or errors, in the manner of OpenAI's batch files. */
export interface JobResult {
  custom_id: string | null;
  /** Of the input, from 1 on; absent where there was none. */
  line?: number;
  response: { status_code: number; body: unknown };
  error: { code: string; message: string } | null;
}

/** The line that says why something failed; `instance` is the id that the log has. */
export function failedResult(customId: string | null, problem: Problem, instance: string, line?: number): JobResult {
  return {
    custom_id: customId,
    ...(line === undefined ? {} : { line }),
    response: { status_code: problem.status, body: problemBody(problem, instance) },
    error: { code: problem.kind, message: problem.message },
  };
}

type Place = Pick<Checkpoint, 'outputBytes' | 'errorBytes'>;

/** One of the two files: what is added is kept in memory until it is flushed. */
class ResultFile {
  #lines: string[] = [];

  constructor(
    readonly handle: FileHandle,
    public bytes: number,
  ) {}

  static async open(path: string, bytes: number): Promise<ResultFile> {
    const handle = await open(path, 'a');
    // What came after the last checkpoint comes again.
    await handle.truncate(bytes);
    return new ResultFile(handle, bytes);
  }

  add(result: JobResult): void {
    this.#lines.push(`${JSON.stringify(result)}\n`);
  }

  async flush(): Promise<void> {
    if (this.#lines.length === 0) return;
    const text = Buffer.from(this.#lines.join(''));
    this.#lines = [];
    await this.handle.appendFile(text);
    await this.handle.datasync();
    this.bytes += text.length;
  }
}

/** The output and the errors of a job, which only grow. */
export class ResultFiles {
  private constructor(
    readonly dir: string,
    readonly output: ResultFile,
    readonly errors: ResultFile,
  ) {}

  /** Opens the files in the folder of a job, as long as they were at a checkpoint. */
  static async open(dir: string, { outputBytes, errorBytes }: Place): Promise<ResultFiles> {
    const output = await ResultFile.open(join(dir, JOB_FILES.output), outputBytes);
    const errors = await ResultFile.open(join(dir, JOB_FILES.errors), errorBytes);
    return new ResultFiles(dir, output, errors);
  }

  add(result: JobResult): void {
    if (result.error) this.errors.add(result);
    else this.output.add(result);
  }

  /** Makes what was added durable, and says how long the files are. Throws a NoSpaceError where the disk is full. */
  async flush(): Promise<Place> {
    try {
      await this.output.flush();
      await this.errors.flush();
    } catch (error) {
      throw await asNoSpace(error, 'jobs', this.dir, 1);
    }
    return { outputBytes: this.output.bytes, errorBytes: this.errors.bytes };
  }

  async close(): Promise<void> {
    await this.output.handle.close();
    await this.errors.handle.close();
  }
}
