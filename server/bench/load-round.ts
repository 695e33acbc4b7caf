import type { EventEmitter } from 'node:events';
import autocannon from 'autocannon';
import { type RoundResult, roundResult } from './round-result.js';

/** Sends search requests over `connections` connections for some seconds, and collects latencies and the stages of Server-Timing. */
export async function loadRound(
  address: string,
  path: string,
  bodies: readonly object[],
  connections: number,
  seconds: number,
): Promise<RoundResult> {
  const requests = bodies.map((body) => ({
    method: 'POST' as const,
    path,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }));
  const collected = roundResult(connections);
  const setupClient = (client: autocannon.Client) => {
    let stages: string | undefined;
    // An event that its published types leave out.
    (client as EventEmitter).on('headers', ({ headers }: { headers: string[] }) => {
      stages = headers[headers.findIndex((name, i) => i % 2 === 0 && name.toLowerCase() === 'server-timing') + 1];
    });
    client.on('response', (status: number, _bytes: number, ms: number) => collected.add(status, ms, stages));
  };
  const { errors } = await autocannon({
    url: address,
    connections,
    duration: seconds,
    timeout: 60,
    requests,
    setupClient,
  });
  return collected.end(errors);
}
