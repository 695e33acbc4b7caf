import type { Priority } from './work-queue.js';

const background = new WeakSet<AbortSignal>();

/** Lets all work under this signal give way to people's, whoever hands it in. */
export function inBackground(signal: AbortSignal): AbortSignal {
  background.add(signal);
  return signal;
}

/** A signal that is aborted with this one or the other, and under which work has the priority of this one. */
export function orSignal(signal: AbortSignal, other: AbortSignal): AbortSignal {
  const either = AbortSignal.any([signal, other]);
  return background.has(signal) ? inBackground(either) : either;
}

/** The priority of work under a signal, where it names none itself. */
export function priorityOf(signal: AbortSignal | undefined): Priority {
  return signal && background.has(signal) ? 'import' : 'interactive';
}
