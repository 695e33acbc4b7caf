import { PROBLEMS, Problem } from '../http/problems.js';
import { UnavailableError } from '../inference/errors.js';
import type { InputLine } from './input-lines.js';
import type { JobRun } from './job-run.js';
import { type JobResult, ResultFiles } from './result-files.js';

/** Lines whose results are made durable together. */
const LINES_PER_SAVE = 32;

/** Statuses that say nothing about the line itself. */
const NOT_NOW: ReadonlySet<number> = new Set([PROBLEMS.overloaded.status, PROBLEMS.unavailable.status]);

/** Follows a job through its lines: their results come in their order and are written down, with the place that the job has come to. */
export class LineProgress {
  #unsaved = 0;
  #last: Pick<InputLine, 'number' | 'end'> | undefined;
  #completed = 0;
  #failed = 0;

  private constructor(
    readonly run: JobRun,
    readonly results: ResultFiles,
  ) {}

  static async open(run: JobRun): Promise<LineProgress> {
    return new LineProgress(run, await ResultFiles.open(run.dir, run.checkpoint));
  }

  /**
   * Throws an UnavailableError where the line should be tried again later: then it counts as not yet done. A full disk fails the job, and not
   * each line that is still to come.
   */
  async add(line: Pick<InputLine, 'number' | 'end'>, result: JobResult): Promise<void> {
    const { status_code: status } = result.response;
    if (NOT_NOW.has(status)) throw new UnavailableError(result.error!.message);
    if (status === PROBLEMS['no-space'].status) throw new Problem('no-space', result.error!.message);
    this.results.add(result);
    if (result.error) this.#failed++;
    else this.#completed++;
    this.#last = line;
    if (++this.#unsaved >= LINES_PER_SAVE) await this.save();
  }

  /** Makes what was added durable. */
  async save(): Promise<void> {
    if (!this.#last) return;
    const { number: inputLines, end: inputBytes } = this.#last;
    const { counts } = this.run;
    const completed = counts.completed + this.#completed;
    const failed = counts.failed + this.#failed;
    const written = await this.results.flush();
    this.#last = undefined;
    this.#unsaved = this.#completed = this.#failed = 0;
    await this.run.saved({
      counts: { ...counts, completed, failed },
      checkpoint: { inputBytes, inputLines, ...written },
    });
  }

  close(): Promise<void> {
    return this.results.close();
  }
}
