import { UnknownCollectionError } from '../collections/collection-errors.js';
import type { Collections } from '../collections/collections.js';
import type { Limits } from '../config.js';
import type { components } from '../http/api.js';
import { fieldProblem } from '../http/problems.js';
import { fetchPicture } from './fetch-picture.js';
import { pictureTooLarge } from './picture-too-large.js';
import { Upload } from './upload.js';

/** A picture in any form that a request may name it. */
export type ImageSource = components['schemas']['Image'] | Upload;

export interface PictureSources {
  collections: Pick<Collections, 'get'>;
  limits: Pick<Limits, 'pictureBytes' | 'imageHosts' | 'imageUrlMs'>;
}

const DATA_URL = /^data:([^;,]*)(?:;[^;,]*)*;base64,/i;
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

/** Buffer.from would skip what is not base64 and give the picture's beginning. */
function decodeBase64(text: string, path: string, limit: number): Uint8Array {
  // Four characters are three bytes; line ends make up for the rest.
  if (text.length > limit * 1.5 + 1024) throw pictureTooLarge(path, limit);
  const packed = /\s/.test(text) ? text.replace(/\s+/g, '') : text;
  if (!BASE64.test(packed)) throw fieldProblem('unusable', path, 'expected base64');
  const bytes = Buffer.from(packed, 'base64');
  if (bytes.length > limit) throw pictureTooLarge(path, limit);
  return bytes;
}

function decodeDataUrl(dataUrl: string, path: string, limit: number): Uint8Array {
  const head = DATA_URL.exec(dataUrl.slice(0, 256));
  if (!head) throw fieldProblem('unusable', path, 'expected data:image/...;base64,...');
  const mediaType = head[1]!.toLowerCase();
  if (mediaType && !mediaType.startsWith('image/'))
    throw fieldProblem('unsupported-type', path, `${mediaType} is no picture`);
  return decodeBase64(dataUrl.slice(head[0].length), path, limit);
}

type ImageItem = components['schemas']['ImageItem'];

function storedPicture(
  { itemId, collection }: ImageItem,
  path: string,
  collections: Pick<Collections, 'get'>,
): Uint8Array {
  try {
    const picture = collections.get(collection).picture(itemId);
    if (picture) return picture.bytes;
  } catch (error) {
    if (error instanceof UnknownCollectionError) throw fieldProblem('not-found', `${path}.collection`, error.message);
    throw error;
  }
  const of = `collection ${JSON.stringify(collection)}`;
  throw fieldProblem('not-found', `${path}.itemId`, `${of} has no picture of an item ${JSON.stringify(itemId)}`);
}

/**
 * The bytes of a picture, not yet decoded; `path` is the field it came in, and `signal` is aborted when the client leaves.
 * @throws Problem that names the field, AbortedError
 */
export async function pictureBytes(
  image: ImageSource,
  path: string,
  { collections, limits }: PictureSources,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const limit = limits.pictureBytes;
  if (image instanceof Upload) {
    if (!image.bytes) throw pictureTooLarge(path, limit);
    return image.bytes;
  }
  if ('base64' in image) return decodeBase64(image.base64, `${path}.base64`, limit);
  if ('dataUrl' in image) return decodeDataUrl(image.dataUrl, `${path}.dataUrl`, limit);
  if ('url' in image) {
    const { imageHosts: hosts, imageUrlMs: timeoutMs } = limits;
    return fetchPicture(image.url, `${path}.url`, { hosts, timeoutMs, mostBytes: limit, signal });
  }
  return storedPicture(image, path, collections);
}
