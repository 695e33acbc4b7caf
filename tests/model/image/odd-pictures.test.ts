// Pictures that are whole and that few programs write; what they look like, or why they are refused.
import sharp, { type Sharp } from 'sharp';
import { describe, expect, test } from 'vitest';
import { decodePicture, PictureError, type Raster } from '../../../model/image/picture.js';

const RED = [200, 50, 20];
const BLUE = [20, 40, 220];
const LOSSLESS = { compression: 'deflate' } as const;
const [WIDTH, HEIGHT] = [40, 20];

/** `left` and `right` colour, of any number of channels. */
function halves(left: number[], right: number[]): Sharp {
  const channels = left.length as 1 | 2 | 3 | 4;
  const data = Buffer.alloc(WIDTH * HEIGHT * channels);
  for (let i = 0; i < WIDTH * HEIGHT; i++) data.set(i % WIDTH < WIDTH / 2 ? left : right, i * channels);
  return sharp(data, { raw: { width: WIDTH, height: HEIGHT, channels } });
}

type Numbers = Uint8ArrayConstructor | Int16ArrayConstructor | Uint16ArrayConstructor | Float32ArrayConstructor;

/** An uncompressed little-endian TIFF of one grey or RGB strip; `kind` as its SampleFormat: 1 unsigned, 2 signed, 3 floating. */
function tiff(Type: Numbers, kind: 1 | 2 | 3, left: number[], right: number[]): Buffer {
  const samples = left.length;
  const values = new Type(WIDTH * HEIGHT * samples);
  for (let i = 0; i < WIDTH * HEIGHT; i++) values.set(i % WIDTH < WIDTH / 2 ? left : right, i * samples);
  const data = Buffer.from(values.buffer);
  const photometric = samples < 3 ? 1 : 2;
  const bits = Type.BYTES_PER_ELEMENT * 8;
  const tags = [256, WIDTH, 257, HEIGHT, 258, bits, 259, 1, 262, photometric, 273, 0, 277, samples, 278, HEIGHT];
  tags.push(279, data.length, 339, kind);
  const directory = Buffer.alloc(2 + 6 * tags.length + 4);
  directory.writeUInt16LE(tags.length / 2);
  for (let i = 0; i < tags.length; i += 2) {
    const value = tags[i] === 273 ? 8 + directory.length : tags[i + 1]!;
    directory.set(Buffer.from(Uint16Array.of(tags[i]!, 4, 1, 0).buffer), 2 + 6 * i);
    directory.writeUInt32LE(value, 2 + 6 * i + 8);
  }
  return Buffer.concat([Buffer.from('49492a0008000000', 'hex'), directory, data]);
}

function pixel({ width, data }: Raster, x: number, y: number): number[] {
  return [...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)];
}

describe('decodes', () => {
  test.each<[string, () => Promise<Buffer> | Buffer, number[], number[]]>([
    [
      'a grey and transparent PNG',
      () => halves([77, 128], [200, 0]).toColourspace('b-w').png().toBuffer(),
      [165, 165, 165],
      [255, 255, 255],
    ],
    [
      'a grey and transparent TIFF of 16 bits',
      () => halves([77, 128], [200, 0]).toColourspace('grey16').tiff(LOSSLESS).toBuffer(),
      [165, 165, 165],
      [255, 255, 255],
    ],
    [
      'a transparent TIFF of 16 bits',
      () =>
        halves([...RED, 128], [...BLUE, 0])
          .toColourspace('rgb16')
          .tiff(LOSSLESS)
          .toBuffer(),
      [227, 152, 137],
      [255, 255, 255],
    ],
    [
      'a GIF with transparent pixels',
      () =>
        halves([...RED, 255], [...BLUE, 0])
          .gif()
          .toBuffer(),
      RED,
      [255, 255, 255],
    ],
    [
      'a transparent AVIF of 12 bits',
      () =>
        halves([...RED, 128], [...BLUE, 0])
          .avif({ quality: 95, bitdepth: 12, effort: 0 })
          .toBuffer(),
      [227, 152, 137],
      [255, 255, 255],
    ],
    [
      'a fax',
      () => halves([0], [255]).toColourspace('b-w').tiff({ bitdepth: 1, compression: 'ccittfax4' }).toBuffer(),
      [0, 0, 0],
      [255, 255, 255],
    ],
    ['a TIFF in Lab', () => halves(RED, BLUE).toColourspace('lab').tiff(LOSSLESS).toBuffer(), RED, BLUE],
    [
      'a CMYK TIFF with transparency',
      () =>
        halves([...RED, 255], [...BLUE, 0])
          .toColourspace('cmyk')
          .tiff(LOSSLESS)
          .toBuffer(),
      [204, 41, 0],
      [255, 255, 255],
    ],
    // Linear light in [0, 1]: 0.5 is much brighter than half of 255.
    ['a floating-point TIFF', () => tiff(Float32Array, 3, [1, 0.5, 0], [0, 0.5, 1]), [255, 188, 0], [0, 188, 255]],
    [
      'a TIFF with two channels beside the colours',
      () => tiff(Uint8Array, 1, [...RED, 0, 9], [...BLUE, 255, 1]),
      RED,
      BLUE,
    ],
  ])('%s', async (_, make, left, right) => {
    const raster = await decodePicture(await make());
    expect([raster.width, raster.height]).toEqual([WIDTH, HEIGHT]);
    for (const [want, x] of [[left, 2] as const, [right, WIDTH - 3] as const]) {
      const got = pixel(raster, x, HEIGHT / 2);
      for (const [i, value] of want.entries()) {
        expect(Math.abs(got[i]! - value), `${got} for ${want}`).toBeLessThanOrEqual(4);
      }
    }
  });
});

describe('refuses as unsupported, instead of showing something else', () => {
  test.each([
    ['floating-point grey, whose white nobody knows', tiff(Float32Array, 3, [0.2], [0.9]), /pixels of type float/],
    ['signed grey', tiff(Int16Array, 2, [-30_000], [30_000]), /pixels of type short/],
    ['many channels', tiff(Uint8Array, 1, [1, 2, 3, 4, 5, 6, 7], [7, 6, 5, 4, 3, 2, 1]), /channel limit/],
  ])('%s', async (_, bytes, message) => {
    const error = await decodePicture(bytes).catch((error) => error);
    expect(error).toBeInstanceOf(PictureError);
    expect(error.code).toBe('unsupported');
    expect(error.message).toMatch(message);
  });
});

test('an error says once what the decoder said, on one line', async () => {
  const whole = await halves(RED, BLUE).avif({ effort: 0 }).toBuffer();
  for (const bytes of [whole.subarray(0, 200), whole.subarray(0, whole.length - 8)]) {
    const { message } = await decodePicture(bytes).catch((error) => error);
    expect(message).toMatch(/^picture: expected a whole, undamaged picture, got .+[^:]$/);
    expect(message).not.toMatch(/bad seek|\n/);
    const said = message.split(', got ')[1]!.split('; ');
    expect(new Set(said).size).toBe(said.length);
  }
});
