import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type PictureServer, redirecting, serving, startPictureServer } from '../../fixtures/picture-server.js';
import { expectContract } from '../contract-check.js';
import { halfPicture } from '../pictures.js';
import { type Harness, startHarness } from '../server-harness.js';

/** Requests that the other server waits for before it answers any of them. */
const TOGETHER = 4;

let pictures: PictureServer;
let harness: Harness;
let picture: Buffer;
const waiting: ServerResponse[] = [];
beforeAll(async () => {
  picture = await halfPicture('left');
  pictures = await startPictureServer({
    '/a.png': serving(picture),
    '/moved': redirecting('/a.png'),
    '/large': serving(Buffer.alloc(200_000)),
    '/page': serving(Buffer.from('<html></html>'), 'text/html'),
    '/text': serving(Buffer.from('not a picture'), 'image/png'),
    '/broken': serving(picture.subarray(0, 60)),
    '/together': (_, response) => {
      if (waiting.push(response) < TOGETHER) return;
      for (const each of waiting.splice(0)) each.writeHead(200).end(picture);
    },
    '/silent': () => undefined,
    '/inside': redirecting('http://localhost/a.png'),
  });
  harness = await startHarness({
    env: {
      ALLOW_IMAGE_URLS: 'localhost',
      ALLOW_PRIVATE_IMAGE_URLS: pictures.host,
      IMAGE_URL_TIMEOUT_MS: '3000',
      MAX_PICTURE_BYTES: '100000',
    },
  });
  await harness.request.put('/v1/collections/c');
});
afterAll(async () => {
  await harness.close();
  await pictures.close();
});

const image = (path: string) => ({ url: `http://${pictures.host}${path}` });

describe('pictures from addresses', () => {
  test('are taken wherever a picture is, and are the same as their bytes', async () => {
    const items = [
      { id: 'url', image: image('/a.png') },
      { id: 'moved', image: image('/moved') },
    ];
    const added = await harness.request.post('/v1/collections/c/items').send({ items });
    expectContract(added);
    expect(added.body.results).toEqual(items.map(({ id }) => ({ id, status: 'created' })));
    const line = `${JSON.stringify({ id: 'line', image: image('/a.png') })}\n`;
    const streamed = await harness.request
      .post('/v1/collections/c/items')
      .set('Content-Type', 'application/x-ndjson')
      .send(line);
    expect(streamed.body.results).toEqual([{ id: 'line', status: 'created' }]);
    for (const id of ['url', 'moved', 'line']) {
      const { body } = await harness.request.get(`/v1/collections/c/items/${id}/image`);
      expect(Buffer.compare(body, picture)).toBe(0);
    }

    const search = await harness.request.post('/v1/collections/c/search').send({ image: image('/a.png') });
    expectContract(search);
    expect(search.body.hits[0].itc).toBeCloseTo(1, 5);
    const match = await harness.request.post('/v1/match').send({ image: image('/a.png'), texts: ['a half'] });
    const bytes = { image: { base64: picture.toString('base64') }, texts: ['a half'] };
    expect(match.body.scores).toEqual((await harness.request.post('/v1/match').send(bytes)).body.scores);
  });

  test.each([
    ['/large', 413, '.url', /at most 100000 bytes/],
    ['/page', 415, '.url', /got text\/html/],
    ['/text', 415, '', /got text/],
    ['/broken', 422, '', /whole, undamaged/],
    ['/missing', 422, '.url', /status 404/],
    ['/silent', 422, '.url', /not there within 3000 ms/],
    ['/inside', 422, '.url', /localhost has no public address/],
  ])('%s is refused with %i by name', async (path, status, field, detail) => {
    const answers = await Promise.all([
      harness.request.post('/v1/collections/c/search').send({ image: image(path) }),
      harness.request.post('/v1/match').send({ image: image(path), texts: ['x'] }),
      harness.request.post('/v1/collections/c/items').send({ items: [{ image: image(path) }] }),
    ]);
    for (const [index, answer] of answers.entries()) {
      expectContract(answer);
      expect(answer.status).toBe(status);
      expect(answer.body.errors[0].path).toBe(`${index === 2 ? 'items[0].' : ''}image${field}`);
      expect(answer.body.detail).toMatch(detail);
    }
  });

  test('are fetched side by side, and a bad one stops none of the others', async () => {
    const paths = ['/together', '/missing', '/together', '/a.png', '/together', '/together'];
    const items = paths.map((path, index) => ({ id: `s${index}`, image: image(path) }));
    const { body } = await harness.request.post('/v1/collections/c/items').send({ items });
    expect(body.results.map(({ status }: { status: string }) => status)).toEqual(
      paths.map((path) => (path === '/missing' ? 'error' : 'created')),
    );
    expect(body.results[1].error).toMatchObject({ status: 422, errors: [{ path: 'items[1].image.url' }] });
  });
});

describe('a picture of an item', () => {
  test('is taken without sending it again', async () => {
    await harness.request.post('/v1/collections/c/items').send({ items: [{ id: 'known', image: image('/a.png') }] });
    const known = { itemId: 'known', collection: 'c' };
    const copied = await harness.request
      .post('/v1/collections/c/items')
      .send({ items: [{ id: 'copy', image: known }] });
    expect(copied.body.results).toEqual([{ id: 'copy', status: 'created' }]);
    const { body } = await harness.request.get('/v1/collections/c/items/copy/image');
    expect(Buffer.compare(body, picture)).toBe(0);
    const match = await harness.request.post('/v1/match').send({ image: known, texts: ['a half'] });
    expectContract(match);
    expect(match.status).toBe(200);
  });

  test.each([
    ['an item that does not exist', { itemId: 'none', collection: 'c' }, 'image.itemId'],
    ['an item without a picture', { itemId: 'caption', collection: 'c' }, 'image.itemId'],
    ['a collection that does not exist', { itemId: 'known', collection: 'none' }, 'image.collection'],
  ])('%s is 404 by name', async (_, unknown, path) => {
    await harness.request.post('/v1/collections/c/items').send({ items: [{ id: 'caption', caption: 'no picture' }] });
    for (const request of [
      harness.request.post('/v1/match').send({ image: unknown, texts: ['x'] }),
      harness.request.post('/v1/collections/c/search').send({ image: unknown }),
    ]) {
      const answer = await request;
      expectContract(answer);
      expect(answer.status).toBe(404);
      expect(answer.body.errors).toMatchObject([{ path }]);
    }
  });
});
