import sharp, { type Sharp } from 'sharp';
import { describe, expect, test } from 'vitest';
import { firstFrame } from '../../../model/image/first-frame.js';
import { decodePicture } from '../../../model/image/picture.js';

const COLOURS = ['#c83214', '#1428dc', '#12a05a'];

const plain = (background: string, width = 24, height = 16): Sharp =>
  sharp({ create: { width, height, channels: 3, background } });

async function frames(count: number): Promise<Sharp> {
  const all = Array.from({ length: count }, (_, i) =>
    plain(COLOURS[i % COLOURS.length]!)
      .png()
      .toBuffer(),
  );
  return sharp(await Promise.all(all), { join: { animated: true } });
}

/** A TIFF of two pages: the second directory, which only has a size, stands behind the first file. */
async function twoPages(bigtiff: boolean): Promise<Buffer> {
  const first = await plain(COLOURS[0]!).tiff({ compression: 'deflate', bigtiff }).toBuffer();
  const offset = (at: number): number => (bigtiff ? Number(first.readBigUInt64LE(at)) : first.readUInt32LE(at));
  const directory = offset(bigtiff ? 8 : 4);
  const entries = bigtiff ? offset(directory) : first.readUInt16LE(directory);
  const next = directory + (bigtiff ? 8 + 20 * entries : 2 + 12 * entries);
  const whole = Buffer.concat([first, first.subarray(directory, next + (bigtiff ? 8 : 4))]);
  if (bigtiff) whole.writeBigUInt64LE(BigInt(first.length), next);
  else whole.writeUInt32LE(first.length, next);
  return whole;
}

describe('firstFrame', () => {
  test('leaves the first frame of an animated WebP, whatever the number of frames', async () => {
    const [two, nine] = await Promise.all([2, 9].map(async (count) => (await frames(count)).webp().toBuffer()));
    const [fromTwo, fromNine] = [firstFrame(two!, 'webp'), firstFrame(nine!, 'webp')];
    expect(fromNine).toEqual(fromTwo);
    expect(await sharp(fromNine).metadata()).toMatchObject({ width: 24, height: 16 });
    expect(await decodePicture(fromNine)).toEqual(await decodePicture(nine!));
  });

  test('keeps what stands behind the frames, such as how the picture is to be turned', async () => {
    const turned = await (await frames(4)).withMetadata({ orientation: 6 }).webp().toBuffer();
    expect(turned.indexOf('EXIF')).toBeGreaterThan(turned.lastIndexOf('ANMF'));
    const { width, height, orientation } = await sharp(firstFrame(turned, 'webp')).metadata();
    expect({ width, height, orientation }).toEqual({ width: 24, height: 16, orientation: 6 });
  });

  test('leaves an animated WebP that is cut off as broken as it is', async () => {
    const whole = await (await frames(5)).webp().toBuffer();
    for (const share of [0.5, 0.8, 0.98]) {
      const cut = whole.subarray(0, Math.floor(whole.length * share));
      await expect(decodePicture(cut)).rejects.toMatchObject({ code: 'truncated' });
    }
  });

  test.each([false, true])('leaves the first page of a TIFF, BigTIFF: %s', async (bigtiff) => {
    const bytes = await twoPages(bigtiff);
    expect((await sharp(bytes).metadata()).pages).toBe(2);
    const before = Buffer.from(bytes);
    const first = firstFrame(bytes, 'tiff');
    expect((await sharp(first).metadata()).pages ?? 1).toBe(1);
    expect(await decodePicture(bytes)).toEqual(await decodePicture(await plain(COLOURS[0]!).png().toBuffer()));
    expect(bytes).toEqual(before);
  });

  test.each(['webp', 'tiff', 'gif', 'png'] as const)('gives the bytes of a still %s back', async (format) => {
    const bytes = await plain(COLOURS[1]!)[format]().toBuffer();
    expect(firstFrame(bytes, format)).toBe(bytes);
  });

  test.each([
    ['webp', 'RIFF\x04\0\0\0WEBPVP8X\xff\xff\xff\xff\x02'],
    ['tiff', 'II*\0\xff\xff\xff\xff'],
    ['tiff', 'II*\0\x08\0\0\0\xff\xff\0\0\0\0\0\0'],
    ['tiff', 'II+\0\x08\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff'],
  ] as const)('gives bytes back that only begin like a %s: %j', (format, start) => {
    const bytes = Buffer.from(start, 'latin1');
    expect(firstFrame(bytes, format)).toEqual(bytes);
  });
});
