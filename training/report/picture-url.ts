import sharp from 'sharp';
import type { Raster } from '../../model/image/picture.js';

/** Pixels as a JPEG in a data URL, at their own size. */
export async function pictureUrl({ width, height, data }: Raster): Promise<string> {
  const jpeg = await sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 90, chromaSubsampling: '4:4:4' })
    .toBuffer();
  return `data:image/jpeg;base64,${jpeg.toString('base64')}`;
}
