import { checkSchema } from '../http/check-schema.js';
import { namedSchema } from '../http/contract-schemas.js';
import { problemOf } from '../http/problem-of.js';
import type { TaskRequest } from '../http/task-runner.js';
import { inBackground } from '../inference/background-work.js';
import { AbortedError } from '../inference/errors.js';
import { parseLine } from '../items/ndjson-lines.js';
import { type WindowLimits, windows } from '../windows.js';
import { type InputLine, inputLines } from './input-lines.js';
import type { TaskJobRequest } from './job.js';
import type { JobRun } from './job-run.js';
import { failedResult, type JobResult } from './result-files.js';
import { withLines } from './with-lines.js';

/** Requests that run at the same time, so that they can share batches. */
const REQUEST_WINDOW: WindowLimits = { items: 8, bytes: 64 * 2 ** 20 };

const bytesOf = ({ line }: InputLine): number => line?.length ?? 0;

/** The id of a request also where the rest of it is wrong, so that its failure can be told apart from others'. */
function customIdOf(value: unknown): string | null {
  const id = (value as { custom_id?: unknown } | null)?.custom_id;
  return typeof id === 'string' ? id : null;
}

async function runLine(run: JobRun<TaskJobRequest>, { line, number }: InputLine): Promise<JobResult> {
  const instance = `${run.id}-${number}`;
  let customId: string | null = null;
  try {
    const value = parseLine(line, number);
    customId = customIdOf(value);
    const request = checkSchema(namedSchema<TaskRequest>('TaskRequest'), value);
    const { status, body } = await run.runTask(request, run.core, run.signal);
    return { custom_id: customId, line: number, response: { status_code: status, body }, error: null };
  } catch (error) {
    if (error instanceof AbortedError) throw error;
    const problem = problemOf(error);
    if (problem.kind === 'internal') run.log.error({ job: run.id, instance, err: error }, 'request of a job failed');
    return failedResult(customId, problem, instance, number);
  }
}

/** Answers the requests of a file. */
export function runTasks(run: JobRun<TaskJobRequest>): Promise<void> {
  inBackground(run.signal);
  const { jsonBytes } = run.core.limits;
  return withLines(run, async (progress) => {
    const lines = inputLines(run.dir, run.checkpoint, jsonBytes);
    for await (const window of windows(lines, bytesOf, REQUEST_WINDOW)) {
      run.signal.throwIfAborted();
      const results = await Promise.all(window.map((line) => runLine(run, line)));
      for (const [index, line] of window.entries()) await progress.add(line, results[index]!);
      await progress.save();
    }
  });
}
