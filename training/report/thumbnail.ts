import sharp from 'sharp';
import { decodePicture } from '../../model/image/picture.js';
import { type ImageSource, readImage } from '../data/image-source.js';

/** Longest side of a picture in the report: sharp on a screen that shows it at half of it. */
const SIDE = 224;

/** A small JPEG of a picture as a data URL. Throws a PictureError where it does not decode. */
export async function thumbnail(image: ImageSource): Promise<string> {
  const { width, height, data } = await decodePicture(await readImage(image));
  const jpeg = await sharp(data, { raw: { width, height, channels: 3 } })
    .resize(SIDE, SIDE, { fit: 'inside', withoutEnlargement: true })
    .jpeg({ quality: 82 })
    .toBuffer();
  return `data:image/jpeg;base64,${jpeg.toString('base64')}`;
}
