import type { Collections } from '../collections/collections.js';
import type { components } from '../http/api.js';
import { fieldProblem, type Problem } from '../http/problems.js';
import { UnknownItemError } from '../search/query.js';
import { Upload } from './upload.js';

/** A picture in any form that a request may name it. */
export type ImageSource = components['schemas']['Image'] | Upload;

export interface PictureSources {
  collections: Pick<Collections, 'get'>;
  /** Largest picture in bytes. */
  pictureBytes: number;
}

const DATA_URL = /^data:([^;,]*)(?:;[^;,]*)*;base64,/i;
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

function tooLarge(path: string, limit: number): Problem {
  return fieldProblem('too-large', path, `a picture may have at most ${limit} bytes`);
}

/** Buffer.from would skip what is not base64 and give the picture's beginning. */
function decodeBase64(text: string, path: string, limit: number): Uint8Array {
  // Four characters are three bytes; line ends make up for the rest.
  if (text.length > limit * 1.5 + 1024) throw tooLarge(path, limit);
  const packed = /\s/.test(text) ? text.replace(/\s+/g, '') : text;
  if (!BASE64.test(packed)) throw fieldProblem('unusable', path, 'expected base64');
  const bytes = Buffer.from(packed, 'base64');
  if (bytes.length > limit) throw tooLarge(path, limit);
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

/**
 * The bytes of a picture, not yet decoded; `path` is the field it came in.
 * @throws Problem that names the field; UnknownCollectionError, UnknownItemError
 */
export function pictureBytes(
  image: ImageSource,
  path: string,
  { collections, pictureBytes: limit }: PictureSources,
): Uint8Array {
  if (image instanceof Upload) {
    if (!image.bytes) throw tooLarge(path, limit);
    return image.bytes;
  }
  if ('base64' in image) return decodeBase64(image.base64, `${path}.base64`, limit);
  if ('dataUrl' in image) return decodeDataUrl(image.dataUrl, `${path}.dataUrl`, limit);
  if ('url' in image) {
    throw fieldProblem(
      'unusable',
      `${path}.url`,
      'pictures from addresses are off on this server; send the bytes instead',
    );
  }
  const picture = collections.get(image.collection).picture(image.itemId);
  if (!picture) throw new UnknownItemError(image.itemId, image.collection, 'picture of an item');
  return picture.bytes;
}
