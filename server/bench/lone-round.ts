import { openConnection, requestBytes } from './http-connection.js';
import { type RoundResult, roundResult } from './round-result.js';

/** Sends search requests one after another for some seconds, and collects latencies and the stages of Server-Timing. */
export async function loneRound(
  address: string,
  path: string,
  bodies: readonly object[],
  seconds: number,
): Promise<RoundResult> {
  const requests = bodies.map((body) => requestBytes(address, path, body));
  const connection = await openConnection(address);
  const result = roundResult(1);
  const until = performance.now() + 1000 * seconds;
  for (let n = 0; performance.now() < until; n++) {
    const { status, head, ms } = await connection.ask(requests[n % requests.length]!);
    result.add(status, ms, /\r\nserver-timing: ([^\r]*)/i.exec(head)?.[1]);
  }
  connection.close();
  return result.end();
}
