import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { loneRound } from '../../../server/bench/lone-round.js';

/** A server that answers a request in two pieces, every third one with an error. */
async function startServer(seen: unknown[]): Promise<string> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    seen.push(JSON.parse(Buffer.concat(chunks).toString()));
    const body = JSON.stringify({ text: 'ünïcode\r\n\r\n' });
    response.writeHead(seen.length % 3 === 0 ? 503 : 200, {
      'Content-Length': Buffer.byteLength(body),
      'Server-Timing': 'model;dur=2, total;dur=5.5',
    });
    response.write(body.slice(0, 5));
    setTimeout(() => response.end(body.slice(5)), 1);
  });
  server.listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('asks one thing after another, and counts errors and stages', async () => {
  const seen: unknown[] = [];
  const bodies = [{ text: 'a' }, { text: 'ü' }];
  const { connections, requests, errors, stages, meanMs } = await loneRound(await startServer(seen), '/x', bodies, 0.3);
  expect(connections).toBe(1);
  expect(requests).toBe(seen.length);
  expect(seen).toEqual(seen.map((_, n) => bodies[n % 2]));
  expect(errors).toBe(Math.floor(requests / 3));
  expect(stages).toEqual({ model: 2, total: 5.5 });
  expect(meanMs).toBeGreaterThan(0);
});

test('a server that goes away is an error', async () => {
  const server = createServer((request) => request.socket.destroy());
  server.listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await expect(loneRound(`http://127.0.0.1:${port}`, '/', [{}], 0.1)).rejects.toThrow('got a closed connection');
});
