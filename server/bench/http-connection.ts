import { connect } from 'node:net';
import { ExpectationError } from '../../model/errors.js';

export interface Answer {
  status: number;
  head: string;
  body: string;
  /** Milliseconds from the request's first byte to the answer's last. */
  ms: number;
}

export interface HttpConnection {
  /** Sends a request and takes its answer; throws when the connection ends before. */
  ask(request: Buffer): Promise<Answer>;
  close(): void;
}

/** A request in the bytes that go over a socket; with a `json` it has a body, and is a POST. */
export function requestBytes(address: string, path: string, json?: object): Buffer {
  const start = `${json ? 'POST' : 'GET'} ${path} HTTP/1.1\r\nHost: ${new URL(address).host}\r\n`;
  if (!json) return Buffer.from(`${start}\r\n`);
  const body = JSON.stringify(json);
  const about = `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`;
  return Buffer.from(`${start}${about}\r\n${body}`);
}

/**
 * A connection that asks one thing at a time, over a bare socket: what a client library takes to make a request and to take an answer
 * apart is neither the server's time nor the network's, and would be a good part of a short answer.
 */
export async function openConnection(address: string): Promise<HttpConnection> {
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
    const body = received.toString('utf8', end + 4);
    received = Buffer.alloc(0);
    answered?.({ status: Number(head.slice(9, 12)), head, body });
  });
  return {
    async ask(request) {
      const start = performance.now();
      const answer = await new Promise<Omit<Answer, 'ms'>>((resolve, reject) => {
        answered = resolve;
        socket.once('close', () =>
          reject(new ExpectationError(`server ${address}`, 'an answer', 'a closed connection')),
        );
        socket.write(request);
      });
      const ms = performance.now() - start;
      socket.removeAllListeners('close');
      return { ...answer, ms };
    },
    close: () => socket.destroy(),
  };
}
