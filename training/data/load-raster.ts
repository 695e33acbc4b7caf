import sharp from 'sharp';
import { ExpectationError } from '../../model/errors.js';
import { decodePicture, type Raster } from '../../model/image/picture.js';
import { type ImageSource, imageName, readImage } from './image-source.js';

/**
 * Decodes a picture for training, shrunk so that its shorter side is at most twice the model's side S: random crops stay sharp
 * and the cache holds more. The pixels lie in memory that threads can share. Throws an ExpectationError that names the picture.
 */
export async function loadRaster(image: ImageSource, imageSize: number): Promise<Raster> {
  try {
    const { width, height, data } = await shrink(await decodePicture(await readImage(image)), 2 * imageSize);
    const shared = new Uint8Array(new SharedArrayBuffer(data.length));
    shared.set(data);
    return { width, height, data: shared };
  } catch (error) {
    const what = `picture ${imageName(image)}`;
    if (error instanceof ExpectationError) throw new ExpectationError(what, error.expected, error.got);
    throw new ExpectationError(what, 'a readable file', (error as NodeJS.ErrnoException).code ?? String(error));
  }
}

async function shrink(raster: Raster, side: number): Promise<Raster> {
  const { width, height } = raster;
  const scale = side / Math.min(width, height);
  if (scale >= 1) return raster;
  const [w, h] = [Math.round(width * scale), Math.round(height * scale)];
  const data = await sharp(raster.data, { raw: { width, height, channels: 3 } })
    .resize(w, h, { fit: 'fill', kernel: 'cubic' })
    .raw()
    .toBuffer();
  return { width: w, height: h, data };
}
