import sharp, { type Sharp } from 'sharp';
import { ExpectationError, expect } from '../errors.js';
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

/** What went wrong in the decoder, in our words; its own come along, on one line. */
function decodeError(error: unknown, limits: PictureLimits): PictureError {
  const message = (error as Error).message
    .trim()
    .replace(/\s*\n\s*/g, '; ')
    .slice(0, 200);
  if (/^timeout/.test(message))
    return new PictureError('timeout', `to be decoded in ${limits.timeoutSeconds} s`, message);
  if (/exceeds (?:pixel|user) limit/.test(message)) return tooManyPixels(limits, message);
  return new PictureError('truncated', 'a whole, undamaged picture', message);
}

/**
 * Reads what a picture's header says, without decoding it. Throws a PictureError when it is of another format (`unsupported`), is
 * damaged (`truncated`) or has more than `limits.maxPixels` (`too-many-pixels`).
 */
export async function readPictureInfo(bytes: Uint8Array, limits = DEFAULT_PICTURE_LIMITS): Promise<PictureInfo> {
  const sniffed = sniffPictureFormat(bytes);
  if ('got' in sniffed) throw unsupported(sniffed.got);
  const { decoder, mediaType } = PICTURE_FORMATS[sniffed.format];
  const header = await sharp(bytes, { limitInputPixels: false })
    .metadata()
    .catch((error) => {
      throw decodeError(error, limits);
    });
  // The decoder recognises formats by itself: what it sees must be what was allowed, whatever else the bytes may also be.
  if (header.format !== decoder || (sniffed.format === 'avif' && header.compression !== 'av1')) {
    throw unsupported(header.compression ?? header.format);
  }
  const { width, height } = header.autoOrient;
  if (width * height > limits.maxPixels) throw tooManyPixels(limits, `${width} x ${height}`);
  return { format: sniffed.format, mediaType, width, height };
}

/** The first frame, upright, on white where it is transparent, as sRGB with 8 bits, whatever it was before. */
function openPicture(bytes: Uint8Array, limits: PictureLimits): Sharp {
  return sharp(bytes, { limitInputPixels: limits.maxPixels, failOn: 'error', page: 0, pages: 1 })
    .timeout({ seconds: Math.ceil(limits.timeoutSeconds) })
    .autoOrient()
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb');
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
 * Decodes a picture at its own size: oriented, first frame, flattened on white, sRGB, 8 bits. Throws a PictureError as
 * {@link readPictureInfo} does, and `timeout` when decoding takes longer than allowed.
 */
export async function decodePicture(bytes: Uint8Array, limits = DEFAULT_PICTURE_LIMITS): Promise<Raster> {
  await readPictureInfo(bytes, limits);
  return toRaster(openPicture(bytes, limits)).catch((error) => {
    throw decodeError(error, limits);
  });
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
  await readPictureInfo(bytes, limits);
  const raster = await toRaster(squash(openPicture(bytes, limits), settings.size)).catch((error) => {
    throw decodeError(error, limits);
  });
  return rasterToPixels(raster, settings);
}
