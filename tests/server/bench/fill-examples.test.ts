import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import sharp from 'sharp';
import { expect, onTestFinished, test } from 'vitest';
import { fillExamples } from '../../../server/bench/fill-examples.js';

interface Added {
  id: string;
  image: { base64: string };
}

/** A collection of so many examples, each of them red on the left and blue on the right. */
async function startCollection(count: number) {
  const left = Buffer.from([255, 0, 0, 0, 0, 255]);
  const picture = await sharp(left, { raw: { width: 2, height: 1, channels: 3 } })
    .png()
    .toBuffer();
  const examples = Array.from({ length: count }, (_, i) => ({ id: `example ${i}`, caption: `scene ${i}` }));
  const added: Added[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const isKnown = /^\/items(\?limit=1000|\/example%20\d+\/image)?$/.test(request.url!);
    if (!isKnown) response.writeHead(404).end();
    else if (request.method === 'POST') {
      added.push(...(JSON.parse(Buffer.concat(chunks).toString()).items as Added[]));
      response.end('{}');
    } else response.end(request.url!.endsWith('/image') ? picture : JSON.stringify({ items: examples }));
  });
  server.listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, added };
}

test('fills a collection with mirrored and turned copies under ids of their own', async () => {
  const { url, added } = await startCollection(60);
  const { captions, copies } = await fillExamples(url, 200);
  expect([captions.length, captions[59], copies]).toEqual([60, 'scene 59', 140]);
  expect(new Set(added.map(({ id }) => id)).size).toBe(140);
  expect([added[0]!.id, added[139]!.id]).toEqual(['example 0-turned-1', 'example 19-turned-3']);
  const pixels = await sharp(Buffer.from(added[0]!.image.base64, 'base64')).raw().toBuffer();
  expect([...pixels]).toEqual([0, 0, 255, 255, 0, 0]);
});

test('adds nothing to a collection that is large enough', async () => {
  const { url, added } = await startCollection(3);
  expect((await fillExamples(url, 3)).copies).toBe(0);
  expect(added).toEqual([]);
});

test.each([
  ['there are too few examples', '', 'expected 4 items with captions, got 3'],
  ['an answer is an error', '/elsewhere', 'to be answered, got status 404'],
])('says so where %s', async (_what, path, message) => {
  const { url } = await startCollection(3);
  await expect(fillExamples(`${url}${path}`, 20)).rejects.toThrow(message);
});
