import sharp, { type Metadata, type Sharp } from 'sharp';
import { ExpectationError, expect } from '../errors.js';
import { firstFrame } from './first-frame.js';
import { PICTURE_FORMATS, type PictureFormat, sniffPictureFormat } from './picture-format.js';

// Every picture is another one, and the callers decode many at once: a cache and threads per picture would only take memory.
sharp.cache(false);
sharp.concurrency(1);

/** How a model wants its pictures: S x S, RGB in [0, 1] less `mean` over `std`; `squash` gives up the aspect ratio and cuts nothing off. */
export interface ImageSettings {
  size: number;
  mean: [number, number, number];
  std: [number, number, number];
  resize: 'squash';
}

/** What one picture may cost: pixels (width x height, told from its header) and whole seconds of decoding. */
export interface PictureLimits {
  maxPixels: number;
  timeoutSeconds: number;
}

export const DEFAULT_PICTURE_LIMITS: PictureLimits = { maxPixels: 50e6, timeoutSeconds: 10 };

/** `unsupported`: none of the formats; `truncated`: one of them, but incomplete or damaged; the other two: past a limit. */
export type PictureErrorCode = 'unsupported' | 'truncated' | 'too-many-pixels' | 'timeout';

/** A picture that cannot be used, and why. */
export class PictureError extends ExpectationError {
  override name = 'PictureError';
  constructor(
    readonly code: PictureErrorCode,
    expected: string,
    got: string,
  ) {
    super('picture', expected, got);
  }
}

/** Pixels as they are seen: RGB, 8 bits, row by row; `data.length` is height * width * 3. */
export interface Raster {
  width: number;
  height: number;
  data: Uint8Array;
}

/** What the header says; width and height in pixels as seen, that is after orientation. */
export interface PictureInfo {
  format: PictureFormat;
  mediaType: string;
  width: number;
  height: number;
}

function unsupported(got: string): PictureError {
  return new PictureError('unsupported', 'JPEG, PNG, WebP, GIF, AVIF or TIFF', got);
}

function tooManyPixels(limits: PictureLimits, got: string): PictureError {
  return new PictureError('too-many-pixels', `at most ${limits.maxPixels / 1e6} megapixels`, got);
}

/** What the decoder said, on one line: it repeats itself, and it tells of every byte that it looked for behind the end. */
function decoderWords(error: unknown): string {
  const lines = (error as Error).message.split('\n').map((line) => line.trim().replace(/:$/, ''));
  const telling = lines.filter((line) => line !== '' && !/bad seek/.test(line));
  return [...new Set(telling)].join('; ').slice(0, 200) || 'one that cannot be read';
}

/** What went wrong in the decoder, in our words; its own come along. */
function decodeError(error: unknown, limits: PictureLimits): PictureError {
  const words = decoderWords(error);
  if (/^timeout/.test(words)) return new PictureError('timeout', `to be decoded in ${limits.timeoutSeconds} s`, words);
  if (/exceeds (?:pixel|user) limit/.test(words)) return tooManyPixels(limits, words);
  if (/exceeds channel limit|unsupported tiff/.test(words)) return unsupported(words);
  return new PictureError('truncated', 'a whole, undamaged picture', words);
}

/** A picture whose header was read. */
interface Inspected {
  info: PictureInfo;
  /** What is left to decode. */
  bytes: Uint8Array;
  /** More channels than a colour and its transparency: nobody can tell what they mean. */
  surplus: boolean;
}

/** Numbers of other kinds have no range that says what is black and what is white, unless the colour space gives one. */
const hasRange = ({ depth, space }: Metadata): boolean =>
  ['uchar', 'ushort'].includes(depth) || ['lab', 'labs', 'scrgb', 'xyz'].includes(space);

async function inspectPicture(whole: Uint8Array, limits: PictureLimits): Promise<Inspected> {
  const sniffed = sniffPictureFormat(whole);
  if ('got' in sniffed) throw unsupported(sniffed.got);
  const { decoder, mediaType } = PICTURE_FORMATS[sniffed.format];
  const bytes = firstFrame(whole, sniffed.format);
  const header = await sharp(bytes, { limitInputPixels: false })
    .metadata()
    .catch((error) => {
      throw decodeError(error, limits);
    });
  // The decoder recognises formats by itself: what it sees must be what was allowed, whatever else the bytes may also be.
  if (header.format !== decoder || (sniffed.format === 'avif' && header.compression !== 'av1')) {
    throw unsupported(header.compression ?? header.format);
  }
  if (!hasRange(header)) throw unsupported(`${decoder} with pixels of type ${header.depth}`);
  const { width, height } = header.autoOrient;
  if (width * height > limits.maxPixels) throw tooManyPixels(limits, `${width} x ${height}`);
  const surplus = header.channels > (header.space === 'cmyk' ? 5 : 4);
  return { info: { format: sniffed.format, mediaType, width, height }, bytes, surplus };
}

/**
 * Reads what a picture's header says, without decoding it. Throws a PictureError when it is of another format (`unsupported`), is
 * damaged (`truncated`) or has more than `limits.maxPixels` (`too-many-pixels`).
 */
export async function readPictureInfo(bytes: Uint8Array, limits = DEFAULT_PICTURE_LIMITS): Promise<PictureInfo> {
  return (await inspectPicture(bytes, limits)).info;
}

/**
 * Makes something of a picture as it is seen: the first frame, upright, on white where it is transparent, as sRGB with 8 bits,
 * whatever it was before. Throws a PictureError as {@link readPictureInfo} does, and `timeout` when it takes longer than allowed.
 */
export async function usePicture<Result>(
  whole: Uint8Array,
  limits: PictureLimits,
  use: (image: Sharp) => Promise<Result>,
): Promise<Result> {
  const { bytes, surplus } = await inspectPicture(whole, limits);
  const image = sharp(bytes, { limitInputPixels: limits.maxPixels, failOn: 'error', page: 0, pages: 1 })
    .timeout({ seconds: Math.ceil(limits.timeoutSeconds) })
    .autoOrient();
  const opaque = surplus ? image.removeAlpha() : image.flatten({ background: '#ffffff' });
  return use(opaque.toColourspace('srgb')).catch((error) => {
    throw decodeError(error, limits);
  });
}

async function toRaster(image: Sharp): Promise<Raster> {
  const { data, info } = await image.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
  expect(info.channels === 3, 'decoded picture', '3 channels', info.channels);
  return { width: info.width, height: info.height, data };
}

function squash(image: Sharp, size: number): Sharp {
  return image.resize(size, size, { fit: 'fill', kernel: 'cubic' });
}

/**
 * Decodes a picture at its own size: oriented, first frame, flattened on white, sRGB, 8 bits. Throws as {@link usePicture}.
 */
export function decodePicture(bytes: Uint8Array, limits = DEFAULT_PICTURE_LIMITS): Promise<Raster> {
  return usePicture(bytes, limits, toRaster);
}

/** Resizes decoded pixels to S x S, bicubic, aspect ratio given up, as {@link preparePixels} does it for whole pictures. */
export function resizePicture({ width, height, data }: Raster, size: number): Promise<Raster> {
  return toRaster(squash(sharp(data, { raw: { width, height, channels: 3 }, limitInputPixels: false }), size));
}

/**
 * Pixels of an S x S raster as the image encoder takes them: [3, S, S], (value / 255 - mean) / std per channel.
 * Throws an ExpectationError when the raster has another size.
 */
export function rasterToPixels({ width, height, data }: Raster, { size, mean, std }: ImageSettings): Float32Array {
  expect(width === size && height === size, 'raster', `${size} x ${size}`, `${width} x ${height}`);
  const area = size * size;
  const pixels = new Float32Array(3 * area);
  for (let channel = 0; channel < 3; channel++) {
    const normalised = Float32Array.from({ length: 256 }, (_, value) => (value / 255 - mean[channel]!) / std[channel]!);
    const plane = pixels.subarray(channel * area, (channel + 1) * area);
    for (let i = 0, at = channel; i < area; i++, at += 3) plane[i] = normalised[data[at]!]!;
  }
  return pixels;
}

/**
 * Decodes, resizes and normalises a picture for the image encoder, [3, S, S]; training and serving both use it. Large JPEGs are
 * decoded at a half, a quarter or an eighth of their size right away. Throws as {@link decodePicture}.
 */
export async function preparePixels(
  bytes: Uint8Array,
  settings: ImageSettings,
  limits = DEFAULT_PICTURE_LIMITS,
): Promise<Float32Array> {
  const raster = await usePicture(bytes, limits, (image) => toRaster(squash(image, settings.size)));
  return rasterToPixels(raster, settings);
}
