import sharp from 'sharp';
import type { Response } from 'supertest';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { expectContract } from '../contract-check.js';
import { dataUrl, halfPicture, plainPicture } from '../pictures.js';
import { type Harness, startHarness } from '../server-harness.js';

let harness: Harness;
let red: Buffer;
beforeAll(async () => {
  harness = await startHarness({ env: { MAX_ITEMS: '5' } });
  red = await plainPicture('#d02020');
});
afterAll(() => harness.close());

const ITEMS = '/v1/collections/c/items';
beforeEach(async () => {
  await harness.request.delete('/v1/collections/c');
  await harness.request.put('/v1/collections/c');
});

const postJson = (items: object[]) => harness.request.post(ITEMS).send({ items });
const postLines = (lines: string) =>
  harness.request.post(ITEMS).set('Content-Type', 'application/x-ndjson').send(lines);

describe('adding items as JSON', () => {
  test('pictures and captions are stored, counted, and read back', async () => {
    const items = [
      { id: 'both', image: { dataUrl: dataUrl(red) }, caption: 'a red square', metadata: { year: 2024, tags: ['a'] } },
      { id: 'picture', image: { base64: red.toString('base64') } },
      { id: 'text', caption: 'a blue cube' },
    ];
    const answer = await postJson(items);
    expectContract(answer);
    expect(answer.body.results).toEqual(items.map(({ id }) => ({ id, status: 'created' })));
    expect((await harness.request.get('/v1/collections/c')).body).toMatchObject({ items: 3, images: 2, texts: 2 });
    const both = await harness.request.get(`${ITEMS}/both`);
    expectContract(both);
    expect(both.body).toMatchObject({
      caption: 'a red square',
      metadata: { year: 2024, tags: ['a'] },
      imageUrl: `${ITEMS}/both/image`,
      imageType: 'image/png',
      imageWidth: 48,
      imageHeight: 48,
    });
  });

  test('an item of a known id is replaced as a whole', async () => {
    await postJson([{ id: 'a', image: { dataUrl: dataUrl(red) }, caption: 'first' }]);
    const again = await postJson([{ id: 'a', caption: 'second' }]);
    expect(again.body.results).toEqual([{ id: 'a', status: 'updated' }]);
    const { body } = await harness.request.get(`${ITEMS}/a`);
    expect(body.caption).toBe('second');
    expect(body.imageUrl).toBeUndefined();
  });

  test('the picture of another item can be used', async () => {
    await postJson([{ id: 'a', image: { dataUrl: dataUrl(red) } }]);
    const answer = await postJson([{ id: 'b', image: { itemId: 'a', collection: 'c' } }]);
    expect(answer.body.results[0].status).toBe('created');
    expect((await harness.request.get(`${ITEMS}/b/image`)).body).toEqual(red);
  });

  test('one bad item does not stop the others, and its error names its field', async () => {
    const answer = await postJson([
      { id: 'good', caption: 'fine' },
      { id: 'empty', caption: '   ' },
      { id: 'nothing' },
      { id: 'no-picture', image: { base64: Buffer.from('hello, I am text').toString('base64') } },
    ]);
    expectContract(answer);
    expect(answer.status).toBe(200);
    const [good, ...bad] = answer.body.results;
    expect(good).toEqual({ id: 'good', status: 'created' });
    expect(
      bad.map(({ error }: { error: { status: number; errors: { path: string }[] } }) => [
        error.status,
        error.errors[0]!.path,
      ]),
    ).toEqual([
      [422, 'items[1].caption'],
      [422, 'items[2]'],
      [415, 'items[3].image'],
    ]);
  });

  test('if every item failed, the answer is the error of the first', async () => {
    const answer = await postJson([{ caption: '' }, { id: 'x' }]);
    expectContract(answer);
    expect(answer.status).toBe(422);
    expect(answer.body.errors[0].path).toBe('items[0].caption');
  });

  test('a text that is cut says so', async () => {
    const answer = await postJson([{ id: 'long', caption: 'red ball '.repeat(200) }]);
    expect(answer.body.results).toEqual([{ id: 'long', status: 'created', truncated: true }]);
  });

  test('ids may have any printable characters', async () => {
    const ids = ['a/b', 'ä ö 東京', '100%', '👩‍🚀', '?x=1#y', `${'x'.repeat(256)}`].slice(0, 5);
    const answer = await postJson(ids.map((id) => ({ id, image: { dataUrl: dataUrl(red) } })));
    expect(answer.body.results.map(({ status }: { status: string }) => status)).toEqual(ids.map(() => 'created'));
    for (const id of ids) {
      const item = await harness.request.get(`${ITEMS}/${encodeURIComponent(id)}`);
      expect(item.body.id).toBe(id);
      expect((await harness.request.get(item.body.imageUrl)).body).toEqual(red);
    }
  });

  test.each([
    ['an empty list', { items: [] }, 400, 'items'],
    ['no list', {}, 400, 'items'],
    ['an id with a line break', { items: [{ id: 'a\nb', caption: 'x' }] }, 400, 'items[0].id'],
    ['an id that a path cannot hold', { items: [{ id: '..', caption: 'x' }] }, 400, 'items[0].id'],
    ['an id of 257 characters', { items: [{ id: 'x'.repeat(257), caption: 'x' }] }, 400, 'items[0].id'],
    ['a caption that is no text', { items: [{ caption: 5 }] }, 400, 'items[0].caption'],
    ['an image of two forms', { items: [{ image: { base64: 'x', url: 'y' } }] }, 400, 'items[0].image'],
    ['an image by address', { items: [{ image: { url: 'https://example.com/x.png' } }] }, 422, 'items[0].image.url'],
    ['base64 that is none', { items: [{ image: { base64: '!!!' } }] }, 422, 'items[0].image.base64'],
    [
      'a data URL of a text',
      { items: [{ image: { dataUrl: 'data:text/plain;base64,aGk=' } }] },
      415,
      'items[0].image.dataUrl',
    ],
    ['a data URL that is none', { items: [{ image: { dataUrl: 'http://x' } }] }, 422, 'items[0].image.dataUrl'],
    ['more items than allowed', { items: Array.from({ length: 6 }, () => ({ caption: 'x' })) }, 413, 'items'],
  ])('%s is refused', async (_name, body, status, path) => {
    const answer = await harness.request.post(ITEMS).send(body);
    expectContract(answer);
    expect([answer.status, answer.body.errors[0].path]).toEqual([status, path]);
  });
});

describe('adding items as a form', () => {
  test('files, captions, ids and metadata go together in their order', async () => {
    const blue = await plainPicture('#2030d0', 'jpeg');
    const answer = await harness.request
      .post(ITEMS)
      .attach('image', red, 'red.png')
      .attach('image', blue, 'blue.jpg')
      .field('caption', ['a red one', ''])
      .field('id', ['r', 'b'])
      .field('metadata', [JSON.stringify({ n: 1 }), JSON.stringify({ n: 2 })]);
    expectContract(answer);
    expect(answer.body.results).toEqual([
      { id: 'r', status: 'created' },
      { id: 'b', status: 'created' },
    ]);
    expect((await harness.request.get(`${ITEMS}/r`)).body).toMatchObject({ caption: 'a red one', metadata: { n: 1 } });
    const second = (await harness.request.get(`${ITEMS}/b`)).body;
    expect(second).toMatchObject({ metadata: { n: 2 }, imageType: 'image/jpeg' });
    expect(second.caption).toBeUndefined();
  });

  test('numbers stay texts where texts are meant', async () => {
    const answer = await harness.request.post(ITEMS).attach('image', red, 'red.png').field({ id: '7', caption: '42' });
    expect(answer.body.results).toEqual([{ id: '7', status: 'created' }]);
    expect((await harness.request.get(`${ITEMS}/7`)).body.caption).toBe('42');
  });

  test('a single file gets an id', async () => {
    const answer = await harness.request.post(ITEMS).attach('image', red, 'red.png');
    const [{ id, status }] = answer.body.results;
    expect(status).toBe('created');
    expect((await harness.request.get(`${ITEMS}/${id}/image`)).body).toEqual(red);
  });

  test.each([
    ['lists of different lengths', { caption: ['one', 'two'] }, 'caption'],
    ['metadata that is no JSON', { metadata: ['{bad'] }, 'metadata[0]'],
    ['metadata that is no object', { metadata: ['5'] }, 'items[0].metadata'],
    ['an unknown field', { colour: ['red'] }, 'colour'],
  ])('%s is refused', async (_name, fields: Record<string, string[]>, path) => {
    let form = harness.request.post(ITEMS).attach('image', red, 'red.png');
    for (const [name, values] of Object.entries(fields)) for (const value of values) form = form.field(name, value);
    const answer = await form;
    expectContract(answer);
    expect([answer.status, answer.body.errors[0].path]).toEqual([400, path]);
  });

  test('a text where a file belongs is refused, and a file where a text belongs', async () => {
    for (const form of [
      harness.request.post(ITEMS).field('image', 'no file'),
      harness.request.post(ITEMS).attach('caption', red, 'x.png'),
    ]) {
      const answer = await form;
      expectContract(answer);
      expect(answer.status).toBe(400);
    }
  });

  test('a broken form is refused', async () => {
    const answer = await harness.request
      .post(ITEMS)
      .set('Content-Type', 'multipart/form-data; boundary=x')
      .send('--x\r\nnonsense');
    expectContract(answer);
    expect(answer.status).toBe(400);
  });
});

describe('adding items as lines', () => {
  test('each line is an item with its own result, and there may be more of them than in one JSON body', async () => {
    const lines = Array.from({ length: 70 }, (_, n) => JSON.stringify({ id: `n${n}`, caption: `caption ${n}` }));
    lines[3] = '{broken';
    lines[5] = '';
    lines[7] = JSON.stringify({ id: 'x', capton: 'typo' });
    lines[9] = JSON.stringify({ id: 'pic', image: { dataUrl: dataUrl(red) } });
    const answer = await postLines(`${lines.join('\n')}\n`);
    expectContract(answer);
    expect(answer.body.results).toHaveLength(69);
    const failed = answer.body.results.filter(({ status }: { status: string }) => status === 'error');
    expect(
      failed.map(({ id, error }: { id: null; error: { detail: string } }) => [id, error.detail.split(':')[0]]),
    ).toEqual([
      [null, 'line 4'],
      [null, 'line 8'],
    ]);
    expect((await harness.request.get('/v1/collections/c')).body).toMatchObject({ items: 67, images: 1, texts: 66 });
  });

  test.each([
    ['nothing', '\n \n'],
    ['nothing but broken lines', '{a\n{b\n'],
    ['a line that is no UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['a line nested too deep', `{"metadata":${'{"a":'.repeat(5000)}1${'}'.repeat(5001)}`],
  ])('%s is a 400', async (_name, lines) => {
    const answer = await harness.request
      .post(ITEMS)
      .set('Content-Type', 'application/x-ndjson')
      .send(lines as string);
    expectContract(answer);
    expect(answer.status).toBe(400);
  });
});

describe('how many items a request may have', () => {
  const send: Record<string, (request: Harness['request'], captions: string[]) => Promise<Response>> = {
    'as JSON': async (request, captions) =>
      request.post(ITEMS).send({ items: captions.map((caption) => ({ caption })) }),
    'as a form': async (request, captions) => request.post(ITEMS).field('caption', captions),
  };

  test.each([
    ['1000', 413],
    ['1001', 200],
  ])('MAX_ITEMS=%s says it alone', async (most, status) => {
    const { request, close } = await startHarness({ env: { MAX_ITEMS: most } });
    onTestFinished(close);
    await request.put('/v1/collections/c');
    const captions = Array.from({ length: 1001 }, () => 'a ball');
    for (const [way, sending] of Object.entries(send)) {
      const answer = await sending(request, captions);
      expectContract(answer);
      expect([way, answer.status]).toEqual([way, status]);
    }
  });
});

describe('reading and deleting items', () => {
  test('a list is paged by a cursor', async () => {
    await postJson(['a', 'b', 'c', 'd', 'e'].map((id) => ({ id, caption: id })));
    const ids: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: { body: { items: { id: string }[]; nextCursor: string | null } } = await harness.request
        .get(ITEMS)
        .query({ limit: 2, ...(cursor ? { cursor } : {}) });
      expectContract(page as never);
      ids.push(...page.body.items.map(({ id }) => id));
      cursor = page.body.nextCursor;
    }
    expect(ids).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test.each([
    ['limit', { limit: 0 }],
    ['limit', { limit: 1001 }],
    ['limit', { limit: 'many' }],
    ['cursor', { cursor: 'made-up' }],
  ])('a bad %s is refused', async (path, query) => {
    const answer = await harness.request.get(ITEMS).query(query);
    expectContract(answer);
    expect([answer.status, answer.body.errors[0].path]).toEqual([400, path]);
  });

  test('a deleted item is gone', async () => {
    await postJson([{ id: 'a', image: { dataUrl: dataUrl(red) } }]);
    const deleted = await harness.request.delete(`${ITEMS}/a`);
    expectContract(deleted);
    expect(deleted.status).toBe(204);
    for (const answer of [
      await harness.request.get(`${ITEMS}/a`),
      await harness.request.delete(`${ITEMS}/a`),
      await harness.request.get(`${ITEMS}/a/image`),
    ]) {
      expectContract(answer);
      expect(answer.status).toBe(404);
    }
  });

  test('a picture is served as it came, or smaller, and not again to who has it', async () => {
    const picture = await halfPicture('left', 400);
    await postJson([
      { id: 'a', image: { dataUrl: dataUrl(picture) } },
      { id: 'text', caption: 'x' },
    ]);
    const full = await harness.request.get(`${ITEMS}/a/image`);
    expectContract(full);
    expect(full.type).toBe('image/png');
    expect(full.body).toEqual(picture);
    const small = await harness.request.get(`${ITEMS}/a/image?size=100`);
    expectContract(small);
    expect(small.type).toBe('image/jpeg');
    expect(await sharp(small.body).metadata()).toMatchObject({ format: 'jpeg', width: 100, height: 100 });
    expect(small.headers.etag).not.toBe(full.headers.etag);
    const known = await harness.request.get(`${ITEMS}/a/image?size=100`).set('If-None-Match', small.headers.etag!);
    expectContract(known);
    expect(known.status).toBe(304);
    expect((await harness.request.get(`${ITEMS}/text/image`)).status).toBe(404);
    const bad = await harness.request.get(`${ITEMS}/a/image?size=1`);
    expectContract(bad);
    expect(bad.status).toBe(400);
  });
});
