import type { EventEmitter } from 'node:events';
import autocannon from 'autocannon';

/** Milliseconds: median, 99th percentile and largest. */
export interface Latency {
  p50: number;
  p99: number;
  max: number;
}

export interface RoundResult {
  connections: number;
  requests: number;
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

/** Sends search requests over `connections` connections for some seconds, and collects latencies and the stages of Server-Timing. */
export async function loadRound(
  address: string,
  path: string,
  bodies: readonly object[],
  connections: number,
  seconds: number,
): Promise<RoundResult> {
  const samples: number[] = [];
  const sums: Record<string, number> = {};
  let failed = 0;
  const requests = bodies.map((body) => ({
    method: 'POST' as const,
    path,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }));
  const setupClient = (client: autocannon.Client) => {
    // An event that its published types leave out.
    (client as EventEmitter).on('headers', ({ headers }: { headers: string[] }) => addStages(headers, sums));
    client.on('response', (status: number, _bytes: number, ms: number) => {
      samples.push(ms);
      if (status !== 200) failed++;
    });
  };
  const result = await autocannon({ url: address, connections, duration: seconds, timeout: 60, requests, setupClient });
  const count = Math.max(1, samples.length);
  return {
    connections,
    requests: samples.length,
    perSecond: round(samples.length / result.duration),
    latency: latencyOf(samples),
    stages: Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, round(sum / count)])),
    meanMs: round(samples.reduce((sum, ms) => sum + ms, 0) / count),
    errors: failed + result.errors,
  };
}

/** Adds up `encode;dur=3.2, ann;dur=0.4` from a response's raw header list. */
function addStages(headers: string[], sums: Record<string, number>): void {
  const at = headers.findIndex((name, i) => i % 2 === 0 && name.toLowerCase() === 'server-timing');
  if (at < 0) return;
  for (const [, name, ms] of headers[at + 1]!.matchAll(/([\w-]+);dur=([\d.]+)/g))
    sums[name!] = (sums[name!] ?? 0) + Number(ms);
}
