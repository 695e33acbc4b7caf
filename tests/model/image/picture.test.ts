import { deflateSync } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, test } from 'vitest';
import {
  decodePicture,
  type ImageSettings,
  PictureError,
  preparePixels,
  type Raster,
  rasterToPixels,
  readPictureInfo,
  resizePicture,
} from '../../../model/image/picture.js';

const RED = [200, 50, 20];
const BLUE = [20, 40, 220];

/** 40 x 20, `left` and `right` colour. */
function halves(left: number[], right: number[]): Sharp {
  const data = Buffer.alloc(40 * 20 * left.length);
  for (let i = 0; i < 40 * 20; i++) data.set(i % 40 < 20 ? left : right, i * left.length);
  return sharp(data, { raw: { width: 40, height: 20, channels: left.length as 1 | 3 | 4 } });
}

function noise(width: number, height: number): Sharp {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => (Math.imul(i + 1, 2654435761) >>> 13) & 255);
  return sharp(data, { raw: { width, height, channels: 3 } });
}

async function animation(format: 'gif' | 'webp'): Promise<Buffer> {
  const frames = [RED, BLUE].map((colour) => halves(colour, colour).png().toBuffer());
  return sharp(await Promise.all(frames), { join: { animated: true } })
    [format](format === 'webp' ? { lossless: true } : {})
    .toBuffer();
}

function pixel({ width, data }: Raster, x: number, y: number): number[] {
  return [...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)];
}

function expectColour(got: number[], want: number[], tolerance: number): void {
  for (const [i, value] of want.entries())
    expect(Math.abs(got[i]! - value), `${got} for ${want}`).toBeLessThanOrEqual(tolerance);
}

function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

/** A PNG whose header promises width x height, with a few bytes of data. */
function pngHeader(width: number, height: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const frame = Buffer.alloc(8);
    frame.writeUInt32BE(data.length, 0);
    frame.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8);
  const signature = Buffer.from('89504e470d0a1a0a', 'hex');
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc(99))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

describe('decodePicture', () => {
  test.each<[string, () => Promise<Buffer>, { left: number[]; right: number[]; tolerance: number }]>([
    ['PNG', () => halves(RED, BLUE).png().toBuffer(), { left: RED, right: BLUE, tolerance: 0 }],
    ['JPEG', () => halves(RED, BLUE).jpeg({ quality: 95 }).toBuffer(), { left: RED, right: BLUE, tolerance: 3 }],
    ['WebP', () => halves(RED, BLUE).webp({ lossless: true }).toBuffer(), { left: RED, right: BLUE, tolerance: 0 }],
    ['GIF', () => halves(RED, BLUE).gif().toBuffer(), { left: RED, right: BLUE, tolerance: 3 }],
    ['AVIF', () => halves(RED, BLUE).avif({ quality: 95 }).toBuffer(), { left: RED, right: BLUE, tolerance: 4 }],
    ['TIFF', () => halves(RED, BLUE).tiff({ compression: 'lzw' }).toBuffer(), { left: RED, right: BLUE, tolerance: 0 }],
    [
      'a PNG with a palette',
      () => halves(RED, BLUE).png({ palette: true }).toBuffer(),
      { left: RED, right: BLUE, tolerance: 3 },
    ],
    [
      'a PNG of 16 bits',
      () => halves(RED, BLUE).toColourspace('rgb16').png().toBuffer(),
      { left: RED, right: BLUE, tolerance: 1 },
    ],
    [
      'a grey PNG',
      () => halves([77], [200]).toColourspace('b-w').png().toBuffer(),
      { left: [77, 77, 77], right: [200, 200, 200], tolerance: 0 },
    ],
    [
      'a grey PNG of 16 bits',
      () => halves([77], [200]).toColourspace('grey16').png().toBuffer(),
      { left: [77, 77, 77], right: [200, 200, 200], tolerance: 1 },
    ],
    [
      'a grey JPEG',
      () => halves([77], [200]).toColourspace('b-w').jpeg().toBuffer(),
      { left: [77, 77, 77], right: [200, 200, 200], tolerance: 2 },
    ],
    // Half transparent over white is half way to white; nothing is left of what is fully transparent.
    [
      'a transparent PNG',
      () =>
        halves([...RED, 128], [...BLUE, 0])
          .png()
          .toBuffer(),
      { left: [227, 152, 137], right: [255, 255, 255], tolerance: 1 },
    ],
    [
      'a transparent PNG of 16 bits',
      () =>
        halves([...RED, 128], [...BLUE, 0])
          .toColourspace('rgb16')
          .png()
          .toBuffer(),
      { left: [227, 152, 137], right: [255, 255, 255], tolerance: 1 },
    ],
    // Printing inks reach neither colour quite.
    [
      'a CMYK JPEG',
      () => halves(RED, BLUE).toColourspace('cmyk').jpeg({ quality: 95 }).toBuffer(),
      { left: [204, 41, 0], right: [26, 59, 138], tolerance: 12 },
    ],
    // In Display P3 this red lies outside sRGB, and is written with other numbers than the red it shows.
    [
      'a picture with a wide-gamut profile',
      () => halves(RED, BLUE).withIccProfile('p3').png().toBuffer(),
      { left: RED, right: BLUE, tolerance: 4 },
    ],
  ])('decodes %s', async (_, make, { left, right, tolerance }) => {
    const raster = await decodePicture(await make());
    expect([raster.width, raster.height, raster.data.length]).toEqual([40, 20, 40 * 20 * 3]);
    expectColour(pixel(raster, 2, 10), left, tolerance);
    expectColour(pixel(raster, 37, 10), right, tolerance);
  });

  // Where the left half lies once the picture is upright.
  test.each([
    [1, 'left'],
    [2, 'right'],
    [3, 'right'],
    [4, 'left'],
    [5, 'top'],
    [6, 'top'],
    [7, 'bottom'],
    [8, 'bottom'],
  ])('turns a picture of EXIF orientation %d upright', async (orientation, side) => {
    const bytes = await halves(RED, BLUE).withMetadata({ orientation }).jpeg({ quality: 95 }).toBuffer();
    const raster = await decodePicture(bytes);
    const upright = side === 'left' || side === 'right';
    expect([raster.width, raster.height]).toEqual(upright ? [40, 20] : [20, 40]);
    const { width, height } = await readPictureInfo(bytes);
    expect([width, height]).toEqual([raster.width, raster.height]);
    const places = { left: [2, 10], right: [37, 10], top: [10, 2], bottom: [10, 37] } as const;
    const [x, y] = places[side as keyof typeof places];
    expectColour(pixel(raster, x, y), RED, 3);
  });

  test.each(['gif', 'webp'] as const)('takes the first frame of an animated %s', async (format) => {
    const bytes = await animation(format);
    expect((await sharp(bytes).metadata()).pages).toBe(2);
    const raster = await decodePicture(bytes);
    expect([raster.width, raster.height]).toEqual([40, 20]);
    expectColour(pixel(raster, 20, 10), RED, 3);
  });

  test.each([
    ['SVG', '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', /got SVG/],
    ['SVG behind an XML line', '\ufeff<?xml version="1.0"?>\n<svg/>', /got SVG/],
    ['PDF', '%PDF-1.7\n', /got a PDF file/],
    ['a text file', 'a red cube on a table', /got text/],
    ['HEIC', '\0\0\0\x18ftypheic\0\0\0\0mif1heic', /got HEIC/],
    ['nothing', '', /got no bytes/],
    ['other bytes', '\x01\x02\x03\xfa', /got an unknown format/],
    ['PPM, which the decoder could read', 'P6 1 1 255\nabc', /got text/],
  ])('refuses %s as unsupported', async (_, content, message) => {
    const error = await decodePicture(Buffer.from(content)).catch((error) => error);
    expect(error).toBeInstanceOf(PictureError);
    expect(error.code).toBe('unsupported');
    expect(error.message).toMatch(/^picture: expected JPEG, PNG, WebP, GIF, AVIF or TIFF/);
    expect(error.message).toMatch(message);
  });

  test.each(['jpeg', 'png', 'webp', 'gif', 'avif', 'tiff'] as const)('refuses a truncated %s', async (format) => {
    const whole = await noise(96, 80)[format]().toBuffer();
    for (const share of [0.3, 0.7, 0.98]) {
      const bytes = whole.subarray(0, Math.floor(whole.length * share));
      for (const use of [decodePicture, (part: Buffer) => preparePixels(part, SETTINGS)]) {
        await expect(use(bytes)).rejects.toMatchObject({ name: 'PictureError', code: 'truncated' });
      }
    }
  });

  test('refuses a picture that is little more than its first bytes', async () => {
    for (const hex of ['ffd8ff', '89504e470d0a1a0a', '474946383961', '49492a00']) {
      await expect(decodePicture(Buffer.from(hex, 'hex'))).rejects.toMatchObject({ code: 'truncated' });
    }
  });

  test('refuses 30,000 x 30,000 pixels by the header', async () => {
    const error = await decodePicture(pngHeader(30_000, 30_000)).catch((error) => error);
    expect(error).toMatchObject({ code: 'too-many-pixels' });
    expect(error.message).toBe('picture: expected at most 50 megapixels, got 30000 x 30000');
  });

  test('takes exactly as many pixels as allowed', async () => {
    const bytes = await halves(RED, BLUE).png().toBuffer();
    const limits = (maxPixels: number) => ({ maxPixels, timeoutSeconds: 10 });
    expect((await decodePicture(bytes, limits(800))).width).toBe(40);
    await expect(decodePicture(bytes, limits(799))).rejects.toMatchObject({ code: 'too-many-pixels' });
  });
});

const SETTINGS: ImageSettings = { size: 8, mean: [0.5, 0.25, 0], std: [0.5, 0.25, 1], resize: 'squash' };

describe('rasterToPixels', () => {
  test('puts the channels one after the other and normalises each', () => {
    const raster = { width: 2, height: 2, data: Uint8Array.of(0, 51, 255, 255, 0, 0, 51, 255, 51, 102, 102, 102) };
    const got = rasterToPixels(raster, { ...SETTINGS, size: 2 });
    const want = [-1, 1, -0.6, -0.2, -0.2, -1, 3, 0.6, 1, 0, 0.2, 0.4];
    expect(got.length).toBe(12);
    for (const [i, value] of want.entries()) expect(got[i]).toBeCloseTo(value, 6);
  });

  test('refuses a raster of another size', () => {
    const raster = { width: 2, height: 1, data: new Uint8Array(6) };
    expect(() => rasterToPixels(raster, { ...SETTINGS, size: 2 })).toThrow('raster: expected 2 x 2, got 2 x 1');
  });
});

describe('preparePixels', () => {
  test('squashes the whole picture, upright', async () => {
    const bytes = await halves(RED, BLUE).withMetadata({ orientation: 6 }).jpeg({ quality: 95 }).toBuffer();
    const pixels = await preparePixels(bytes, { ...SETTINGS, mean: [0, 0, 0], std: [1, 1, 1] });
    expect(pixels.length).toBe(3 * 8 * 8);
    const rows = (y: number) => [0, 1, 2].map((channel) => pixels[channel * 64 + y * 8 + 4]! * 255);
    expectColour(rows(0), RED, 6);
    expectColour(rows(7), BLUE, 6);
  });

  test.each(['png', 'gif', 'tiff'] as const)(
    'gives what decoding, resizing and normalising give in steps: %s',
    async (format) => {
      const bytes = await noise(90, 70)[format]().toBuffer();
      const steps = rasterToPixels(await resizePicture(await decodePicture(bytes), 8), SETTINGS);
      expect(await preparePixels(bytes, SETTINGS)).toEqual(steps);
    },
  );

  test('stays within four of 256 levels of those steps for a JPEG that is decoded smaller', async () => {
    const bytes = await noise(64, 48).resize(640, 480, { kernel: 'cubic' }).jpeg({ quality: 90 }).toBuffer();
    const plain = { ...SETTINGS, size: 32, mean: [0, 0, 0], std: [1, 1, 1] } satisfies ImageSettings;
    const [fast, again] = [await preparePixels(bytes, plain), await preparePixels(bytes, plain)];
    expect(fast).toEqual(again);
    const steps = rasterToPixels(await resizePicture(await decodePicture(bytes), 32), plain);
    for (const [i, value] of steps.entries()) expect(Math.abs(fast[i]! - value) * 255).toBeLessThanOrEqual(4);
  });
});

describe('readPictureInfo', () => {
  test.each([
    ['jpeg', 'image/jpeg'],
    ['png', 'image/png'],
    ['webp', 'image/webp'],
    ['gif', 'image/gif'],
    ['avif', 'image/avif'],
    ['tiff', 'image/tiff'],
  ] as const)('knows %s by its bytes', async (format, mediaType) => {
    const bytes = await noise(30, 20)[format]().toBuffer();
    expect(await readPictureInfo(bytes)).toEqual({ format, mediaType, width: 30, height: 20 });
  });
});
