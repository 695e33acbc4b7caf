// Imports whose clients send lines and do not read what became of them.
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { type Harness, startHarness } from '../server-harness.js';

/** Their results are 40 MB. */
const LINES = 150_000;
const MOST_WAITING = 17 * 2 ** 20;

let harness: Harness;
let server: Server;
let client: Socket;
afterEach(async () => {
  client.destroy();
  server.close();
  await harness.close();
});

/** The answer on the server's side to a client that sends everything before it reads anything. */
async function sendAll(env: Record<string, string> = {}): Promise<ServerResponse> {
  harness = await startHarness({ env });
  await harness.request.put('/v1/collections/c');
  const begun = new Promise<ServerResponse>((resolve) => {
    server = createServer((request, response) => {
      resolve(response);
      harness.app(request, response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  client = connect((server.address() as AddressInfo).port, '127.0.0.1').pause();
  const head = ['POST /v1/collections/c/items HTTP/1.1', 'Host: x', 'Content-Type: application/x-ndjson'];
  const body = '{"id":"first","caption":"a ball"}\n'.concat('x\n'.repeat(LINES - 1));
  client.write([...head, 'Connection: close', `Content-Length: ${body.length}`, '', body].join('\r\n'));
  return begun;
}

/** Waits until no more of the answer comes to be; answers its bytes that wait to be read. */
async function settled(response: ServerResponse): Promise<number> {
  for (let before = -1; ; ) {
    const waiting = response.writableLength;
    if (waiting === before && waiting > 0) return waiting;
    before = waiting;
    await pause(500);
  }
}

describe('an answer that nobody reads', () => {
  test('waits in bounded memory, and is whole once it is read', async () => {
    const response = await sendAll();
    expect(await settled(response)).toBeLessThan(MOST_WAITING);
    let answer = '';
    client.resume().on('data', (chunk) => {
      answer += chunk;
    });
    await once(client, 'close');
    expect(answer.startsWith('HTTP/1.1 200 OK')).toBe(true);
    expect(answer.match(/"status":"(created|error)"/g)).toHaveLength(LINES);
    expect(answer.trimEnd().endsWith('0')).toBe(true);
  });

  test('ends with its connection when it is not read in time', async () => {
    const response = await sendAll({ BODY_TIMEOUT_MS: '1000' });
    await once(response, 'close');
    expect(response.writableFinished).toBe(false);
    while (harness.core.imports.running > 0) await pause(10);
  });
});
