/** Milliseconds, added up by every call that is given the same object. */
export interface StageTimes {
  /** Decoding pictures, cutting texts into tokens. */
  decodeMs: number;
  /** Encoding, waiting for others included. */
  encodeMs: number;
  /** What workers took to feed the graphs. */
  feedMs: number;
  /** While graphs ran; several that ran at the same time in different workers count once. */
  modelMs: number;
}

export const noTimes = (): StageTimes => ({ decodeMs: 0, encodeMs: 0, feedMs: 0, modelMs: 0 });

/** Adds milliseconds to the times of a request, where somebody wants to know them. */
export function addTimes(times: StageTimes | undefined, added: Partial<StageTimes>): void {
  if (!times) return;
  for (const [stage, ms] of Object.entries(added)) times[stage as keyof StageTimes] += ms;
}

/** When the last run that counted for these times ended. */
const ranUntil = new WeakMap<StageTimes, number>();

/** Adds a run of a graph that has just ended. */
export function addRun(times: StageTimes, prepareMs: number, runMs: number): void {
  const now = performance.now();
  const since = now - (ranUntil.get(times) ?? 0);
  ranUntil.set(times, now);
  addTimes(times, { feedMs: prepareMs, modelMs: Math.min(runMs, since) });
}
