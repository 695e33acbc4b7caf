import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomically } from '../../model/files/write-atomically.js';

/** One line of metrics.jsonl. Training lines have losses; validation lines have `validation`. */
export interface MetricsLine {
  step: number;
  epoch: number;
  losses?: Record<string, number>;
  /** Learning rate by group. */
  lr?: Record<string, number>;
  gradNorm?: number;
  samplesPerSecond?: number;
  msPerStep?: number;
  /** Share of the time since the last line that the step waited for data, in [0, 1]. */
  waitShare?: number;
  validation?: Record<string, number>;
}

const fileOf = (run: string) => join(run, 'metrics.jsonl');

/** The lines of a run's metrics, in order; empty where there are none yet. A line cut off by a crash is left out. */
export async function readMetrics(run: string): Promise<MetricsLine[]> {
  const text = await readFile(fileOf(run), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  return text.split('\n').flatMap((line) => {
    try {
      return line === '' ? [] : [JSON.parse(line) as MetricsLine];
    } catch {
      return [];
    }
  });
}

/** Drops the lines after `step`, so that a resumed run does not log its steps twice. */
export async function rewindMetrics(run: string, step: number): Promise<void> {
  const kept = (await readMetrics(run)).filter((line) => line.step <= step);
  await writeAtomically(fileOf(run), kept.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

export const appendMetrics = (run: string, line: MetricsLine): Promise<void> =>
  appendFile(fileOf(run), `${JSON.stringify(line)}\n`);
