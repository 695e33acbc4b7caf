// Shows that the holder of a lock lives, from a thread of its own: the main one may be busy for minutes with one training step.
import { utimesSync } from 'node:fs';
import { workerData } from 'node:worker_threads';

/** What the worker is started with: the file whose times it sets to now, and how often in milliseconds. */
export interface Heartbeat {
  file: string;
  everyMs: number;
}

const { file, everyMs } = workerData as Heartbeat;

setInterval(() => {
  const now = new Date();
  try {
    utimesSync(file, now, now);
  } catch {
    // A beat that fails is followed by others.
  }
}, everyMs);
