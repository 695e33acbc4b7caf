import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { decodePicture } from '../../../model/image/picture.js';
import { makeThumbnail } from '../../../server/pictures/make-thumbnail.js';
import { plainPicture } from '../pictures.js';

const LIMITS = { maxPixels: 1e6, timeoutSeconds: 10 };

describe('makeThumbnail', () => {
  test('fits the picture into the square, and does not enlarge it', async () => {
    const wide = await sharp(await plainPicture('#2a6f97', 'png', 80))
      .resize(80, 40)
      .png()
      .toBuffer();
    const sizes = await Promise.all(
      [32, 500].map(async (size) => {
        const { format, width, height } = await sharp(await makeThumbnail(wide, size, LIMITS)).metadata();
        return { format, width, height };
      }),
    );
    expect(sizes).toEqual([
      { format: 'jpeg', width: 32, height: 16 },
      { format: 'jpeg', width: 80, height: 40 },
    ]);
  });

  test('shows every picture that can be decoded, also one with a small flaw', async () => {
    const jpeg = await plainPicture('#2a6f97', 'jpeg');
    const scan = jpeg.indexOf(Buffer.from('ffda', 'hex'));
    const flawed = Buffer.concat([jpeg.subarray(0, scan), Buffer.from([0, 1, 2]), jpeg.subarray(scan)]);
    expect((await decodePicture(flawed)).width).toBe(48);
    expect((await sharp(await makeThumbnail(flawed, 16, LIMITS)).metadata()).width).toBe(16);
  });

  test.each([
    ['text', async () => Buffer.from('not a picture'), 'unsupported'],
    ['half a picture', async () => (await plainPicture('#2a6f97', 'png', 200)).subarray(0, 200), 'truncated'],
    ['too many pixels', () => plainPicture('#2a6f97', 'png', 1001), 'too-many-pixels'],
  ])('refuses %s as the decoder does', async (_, make, code) => {
    await expect(makeThumbnail(await make(), 16, LIMITS)).rejects.toMatchObject({ name: 'PictureError', code });
  });
});
