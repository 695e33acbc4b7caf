import { appendFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { scalarsEvent, startEvent, versionEvent } from './event.js';
import { tfRecord } from './tf-record.js';

/** Adds the values of a step, by tag. */
export type EventLog = (step: number, scalars: Readonly<Record<string, number>>) => Promise<void>;

const PREFIX = 'events.out.tfevents.';

/**
 * Logs a run's scalars for TensorBoard, in a file of its own in the run folder that begins with the first of them. `firstStep` is the
 * first one that may come: what earlier files say of it and of later steps is no longer shown. Those files stay as they are, a record
 * that a crash cut off included.
 */
export function openEventLog(run: string, firstStep: number): EventLog {
  let file: string | undefined;
  return async (step, scalars) => {
    const wallTime = Date.now() / 1000;
    const events = [scalarsEvent(wallTime, step, scalars)];
    if (file === undefined) {
      file = join(run, await nextName(run, Math.floor(wallTime)));
      events.unshift(versionEvent(wallTime), startEvent(wallTime, firstStep));
    }
    await appendFile(file, Buffer.concat(events.map(tfRecord)));
  };
}

/** The name ends in seconds since 1970, as everywhere, but always comes last: TensorBoard reads a folder in the order of names. */
async function nextName(run: string, seconds: number): Promise<string> {
  const taken = (await readdir(run)).flatMap((name) =>
    name.startsWith(PREFIX) ? [parseInt(name.slice(PREFIX.length), 10)] : [],
  );
  return `${PREFIX}${Math.max(seconds, ...taken.map((time) => time + 1))}`;
}
