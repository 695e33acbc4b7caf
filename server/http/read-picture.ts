import type { Core } from '../core.js';
import { type ImageSource, pictureBytes } from '../pictures/picture-bytes.js';

/**
 * The bytes of a request's picture, in whichever form it came; `path` is its field.
 * @throws Problem that names the field; UnknownCollectionError, UnknownItemError
 */
export async function readPicture(
  image: ImageSource,
  path: string,
  { collections, limits }: Pick<Core, 'collections' | 'limits'>,
): Promise<Uint8Array> {
  return pictureBytes(image, path, { collections, pictureBytes: limits.pictureBytes });
}
