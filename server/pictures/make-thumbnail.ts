import { type PictureLimits, usePicture } from '../../model/image/picture.js';

const JPEG_QUALITY = 82;

/**
 * A JPEG of the picture as it is seen that fits into `size` x `size` pixels; smaller pictures keep their size.
 * @throws PictureError
 */
export async function makeThumbnail(bytes: Uint8Array, size: number, limits: PictureLimits): Promise<Uint8Array> {
  const { buffer, byteOffset, byteLength } = await usePicture(bytes, limits, (image) =>
    image
      .resize({ width: size, height: size, fit: 'inside', withoutEnlargement: true })
      .jpeg({ quality: JPEG_QUALITY })
      .toBuffer(),
  );
  // A buffer of its own, so that it can move to another thread.
  return new Uint8Array(buffer.slice(byteOffset, byteOffset + byteLength));
}
