import { connect } from 'node:net';
import { ExpectationError } from '../../model/errors.js';
import { type RoundResult, roundResult } from './round-result.js';

interface Answer {
  status: number;
  head: string;
  /** Milliseconds from the request's first byte to the answer's last. */
  ms: number;
}

/**
 * A connection that asks one thing at a time, over a bare socket: what a client library takes to make a request and to take an answer
 * apart is neither the server's time nor the network's, and would be a good part of a short answer.
 */
async function openConnection(address: string) {
  const { hostname, port } = new URL(address);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  let received: Buffer = Buffer.alloc(0);
  let answered: ((answer: Omit<Answer, 'ms'>) => void) | undefined;
  socket.on('data', (bytes) => {
    received = received.length === 0 ? bytes : Buffer.concat([received, bytes]);
    const end = received.indexOf('\r\n\r\n');
    const head = end < 0 ? '' : received.toString('latin1', 0, end);
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1]);
    if (end < 0 || received.length < end + 4 + length) return;
    received = Buffer.alloc(0);
    answered?.({ status: Number(head.slice(9, 12)), head });
  });
  return {
    async ask(request: Buffer): Promise<Answer> {
      const start = performance.now();
      const answer = await new Promise<Omit<Answer, 'ms'>>((resolve, reject) => {
        answered = resolve;
        socket.once('close', () =>
          reject(new ExpectationError(`server ${address}`, 'an answer', 'a closed connection')),
        );
        socket.write(request);
      });
      socket.removeAllListeners('close');
      return { ...answer, ms: performance.now() - start };
    },
    close: () => socket.destroy(),
  };
}

/** Sends search requests one after another for some seconds, and collects latencies and the stages of Server-Timing. */
export async function loneRound(
  address: string,
  path: string,
  bodies: readonly object[],
  seconds: number,
): Promise<RoundResult> {
  const requests = bodies.map((body) => {
    const json = JSON.stringify(body);
    const head = `POST ${path} HTTP/1.1\r\nHost: ${new URL(address).host}\r\nContent-Type: application/json`;
    return Buffer.from(`${head}\r\nContent-Length: ${Buffer.byteLength(json)}\r\n\r\n${json}`);
  });
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
