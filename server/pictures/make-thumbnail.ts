import sharp from 'sharp';
import type { PictureLimits } from '../../model/image/picture.js';

const JPEG_QUALITY = 82;

/** A JPEG of the picture, oriented, on white, that fits into `size` x `size` pixels; smaller pictures keep their size. */
export async function makeThumbnail(bytes: Uint8Array, size: number, limits: PictureLimits): Promise<Uint8Array> {
  const { buffer, byteOffset, byteLength } = await sharp(bytes, {
    limitInputPixels: limits.maxPixels,
    sequentialRead: true,
  })
    .timeout({ seconds: limits.timeoutSeconds })
    .autoOrient()
    .resize({ width: size, height: size, fit: 'inside', withoutEnlargement: true })
    .flatten({ background: '#fff' })
    .toColourspace('srgb')
    .jpeg({ quality: JPEG_QUALITY })
    .toBuffer();
  // A buffer of its own, so that it can move to another thread.
  return new Uint8Array(buffer.slice(byteOffset, byteOffset + byteLength));
}
