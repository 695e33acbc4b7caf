import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectContract } from '../contract-check.js';
import { dataUrl, halfPicture, plainPicture, pngThatClaims } from '../pictures.js';
import { type Harness, startHarness } from '../server-harness.js';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness({ env: { MAX_PICTURE_BYTES: '200000' } });
  await harness.request.put('/v1/collections/c');
});
afterAll(() => harness.close());

const noise = (size: number): Promise<Buffer> =>
  sharp(Buffer.from(Array.from({ length: size * size * 3 }, (_, i) => (i * 7919) % 251)), {
    raw: { width: size, height: size, channels: 3 },
  })
    .jpeg({ quality: 95 })
    .toBuffer();

describe('pictures that cannot be used are refused by name, wherever they are sent', () => {
  const bad: [string, () => Promise<Buffer>, number, RegExp][] = [
    ['a text file', async () => Buffer.from('This is a text file.'), 415, /got text/],
    ['an SVG', async () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 415, /SVG/],
    ['nothing', async () => Buffer.alloc(0), 415, /no bytes/],
    ['a truncated JPEG', async () => (await noise(128)).subarray(0, 4000), 422, /whole, undamaged/],
    ['30,000 x 30,000 pixels', () => pngThatClaims(30_000, 30_000), 422, /30000 x 30000/],
    ['a file over the limit', () => noise(512), 413, /at most 200000 bytes/],
  ];

  test.each(bad)('%s', async (_name, make, status, detail) => {
    const bytes = await make();
    const base64 = bytes.toString('base64');
    const file = (path: string) => harness.request.post(path).attach('image', bytes, 'x.jpg');
    const answers = [
      await file('/v1/collections/c/search'),
      await file('/v1/match').field('texts', 'x'),
      await file('/v1/collections/c/items'),
      await harness.request.post('/v1/collections/c/search').send({ image: { base64 } }),
      await harness.request.post('/v1/match').send({ image: { base64 }, texts: ['x'] }),
      await harness.request.post('/v1/collections/c/items').send({ items: [{ image: { base64 } }] }),
    ];
    for (const answer of answers) {
      expectContract(answer);
      expect(answer.status).toBe(status);
      expect(answer.body.errors[0].path).toMatch(/^(items\[0\]\.)?image/);
      expect(answer.body.detail).toMatch(detail);
    }
    expect((await harness.request.get('/v1/collections/c')).body.items).toBe(0);
  });
});

describe('unusual pictures are seen as people see them', () => {
  const like = async (bytes: Buffer, other: Buffer): Promise<number> => {
    await harness.request.put('/v1/collections/seen');
    await harness.request
      .post('/v1/collections/seen/items')
      .send({ items: [{ id: 'x', image: { dataUrl: dataUrl(other) } }] });
    const { body } = await harness.request.post('/v1/collections/seen/search').attach('image', bytes, 'x');
    return body.hits[0].itc;
  };

  test.each<[string, () => Promise<Buffer>, () => Promise<Buffer>]>([
    [
      'CMYK',
      async () =>
        sharp(await halfPicture('left'))
          .toColourspace('cmyk')
          .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
          .toBuffer(),
      () => halfPicture('left'),
    ],
    [
      'turned by its orientation',
      async () =>
        sharp(await halfPicture('left'))
          .rotate(-90)
          .withMetadata({ orientation: 6 })
          .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
          .toBuffer(),
      () => halfPicture('left'),
    ],
    [
      'animated, the first frame',
      async () =>
        sharp([await halfPicture('left'), await plainPicture('#ffffff', 'png', 64)], { join: { animated: true } })
          .gif()
          .toBuffer(),
      () => halfPicture('left'),
    ],
    [
      'transparent, on white',
      () =>
        sharp({ create: { width: 64, height: 64, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0 } } })
          .png()
          .toBuffer(),
      () => plainPicture('#ffffff', 'png', 64),
    ],
    [
      'gray, 16 bit',
      async () =>
        sharp(await plainPicture('#808080'))
          .toColourspace('grey16')
          .png()
          .toBuffer(),
      () => plainPicture('#808080'),
    ],
  ])('%s', async (_name, make, plain) => {
    expect(await like(await make(), await plain())).toBeGreaterThan(0.995);
  });

  test('a turned picture is stored with the size that it has when it is seen', async () => {
    const turned = await sharp(await plainPicture('#123456', 'jpeg', 40))
      .resize(40, 20)
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer();
    await harness.request.post('/v1/collections/c/items').attach('image', turned, 'x').field('id', 'turned');
    expect((await harness.request.get('/v1/collections/c/items/turned')).body).toMatchObject({
      imageWidth: 20,
      imageHeight: 40,
    });
    const small = await harness.request.get('/v1/collections/c/items/turned/image?size=16');
    expect(await sharp(small.body).metadata()).toMatchObject({ width: 8, height: 16 });
  });
});
