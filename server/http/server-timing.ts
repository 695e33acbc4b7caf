/** A value of the header Server-Timing: `encodeMs: 3.217` becomes `encode;dur=3.22`. Browsers show it beside the request. */
export function serverTiming(milliseconds: Record<string, number>): string {
  const stages = Object.entries(milliseconds).map(([name, ms]) => `${name.replace(/Ms$/, '')};dur=${roundMs(ms)}`);
  return stages.join(', ');
}

/** Hundredths of a millisecond. */
export function roundMs(ms: number): number {
  return Math.round(ms * 100) / 100;
}
