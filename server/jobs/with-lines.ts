import { setTimeout } from 'node:timers/promises';
import { UnavailableError } from '../inference/errors.js';
import type { JobRun } from './job-run.js';
import { LineProgress } from './line-progress.js';

/** How often lines are tried again, while not a single one succeeds, before the job fails. */
const MOST_ATTEMPTS = 10;
const PAUSE_MS = 1_000;

/**
 * Does the work of a job that goes through the lines of a file, from the place that it has come to. Where the server cannot work for the
 * moment, such as while a crashed worker is replaced, it goes on a little later. What was done is saved however it ends.
 */
export async function withLines(run: JobRun, work: (progress: LineProgress) => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const before = run.checkpoint.inputLines;
    try {
      return await attemptLines(run, work);
    } catch (error) {
      if (!(error instanceof UnavailableError) || run.signal.aborted) throw error;
      if (run.checkpoint.inputLines > before) attempt = 0;
      if (attempt >= MOST_ATTEMPTS) throw error;
      run.log.warn({ job: run.id, err: error }, 'job waits');
      await setTimeout(PAUSE_MS, undefined, { signal: run.signal }).catch(() => undefined);
    }
  }
}

async function attemptLines(run: JobRun, work: (progress: LineProgress) => Promise<void>): Promise<void> {
  const progress = await LineProgress.open(run);
  try {
    try {
      await work(progress);
    } finally {
      await progress.save();
    }
  } finally {
    await progress.close();
  }
}
