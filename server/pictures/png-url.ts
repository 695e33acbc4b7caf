import sharp from 'sharp';
import type { Raster } from '../../model/image/picture.js';

/** Pixels as a PNG in a data URL, at their own size. */
export async function pngUrl({ width, height, data }: Raster): Promise<string> {
  const png = await sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
  return `data:image/png;base64,${png.toString('base64')}`;
}
