/** Milliseconds: median, 99th percentile and largest. */
export interface Latency {
  p50: number;
  p99: number;
  max: number;
}

export interface RoundResult {
  connections: number;
  requests: number;
  /** From the first answer to the last: what was still on its way when the round ended does not count against it. */
  perSecond: number;
  latency: Latency;
  /** Mean milliseconds of each stage that the server reports of a request. */
  stages: Record<string, number>;
  /** Mean milliseconds of a request as its client saw it. */
  meanMs: number;
  errors: number;
}

const round = (x: number, digits = 2) => Number(x.toFixed(digits));

export function latencyOf(samples: number[]): Latency {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (share: number) =>
    round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN);
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

/** Collects the answers of one round. */
export function roundResult(connections: number) {
  const samples: number[] = [];
  const sums: Record<string, number> = {};
  let first = Number.NaN;
  let last = Number.NaN;
  let errors = 0;
  return {
    /** `stages` is a value of Server-Timing, such as `encode;dur=3.2, ann;dur=0.4`. */
    add(status: number, ms: number, stages = ''): void {
      last = performance.now();
      if (samples.push(ms) === 1) first = last;
      if (status !== 200) errors++;
      for (const [, name, duration] of stages.matchAll(/([\w-]+);dur=([\d.]+)/g)) {
        sums[name!] = (sums[name!] ?? 0) + Number(duration);
      }
    },
    /** `failed` counts requests without an answer. */
    end(failed = 0): RoundResult {
      const count = Math.max(1, samples.length);
      return {
        connections,
        requests: samples.length,
        perSecond: samples.length > 1 ? round((1000 * (samples.length - 1)) / (last - first)) : 0,
        latency: latencyOf(samples),
        stages: Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, round(sum / count)])),
        meanMs: round(samples.reduce((sum, ms) => sum + ms, 0) / count),
        errors: errors + failed,
      };
    },
  };
}
