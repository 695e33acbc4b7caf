import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { asNoSpace } from '../../model/files/no-space-error.js';
import { writeAtomically } from '../../model/files/write-atomically.js';
import { openEventLog } from './tensorboard/event-log.js';

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
async function rewindMetrics(run: string, step: number): Promise<void> {
  const kept = (await readMetrics(run)).filter((line) => line.step <= step);
  await writeAtomically(fileOf(run), kept.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

/** Adds a line. Throws, naming the file and the room that is left, when the disk is full. */
export type MetricsLog = (line: MetricsLine) => Promise<void>;

/**
 * Opens the log of a run that goes on after `step`: what it says of later steps is dropped. Lines go to metrics.jsonl and, unless that
 * is turned off, their numbers to TensorBoard event files.
 */
export async function openMetricsLog(
  run: string,
  step: number,
  { tensorboard }: { tensorboard: boolean },
): Promise<MetricsLog> {
  await rewindMetrics(run, step);
  const logEvent = tensorboard ? openEventLog(run, step + 1) : async () => undefined;
  return async (line) => {
    const text = `${JSON.stringify(line)}\n`;
    try {
      await appendFile(fileOf(run), text);
      await logEvent(line.step, scalarsOf(line));
    } catch (error) {
      throw await asNoSpace(error, fileOf(run), run, text.length);
    }
  };
}

/** The numbers of a line by tag: those of a group as `group/name`. */
export function scalarsOf({ step: _, ...line }: MetricsLine): Record<string, number> {
  const scalars = Object.entries(line).flatMap(([name, value]) =>
    typeof value === 'number'
      ? [[name, value] as const]
      : Object.entries(value).map(([part, number]) => [`${name}/${part}`, number] as const),
  );
  return Object.fromEntries(scalars);
}
