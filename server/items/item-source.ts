import { randomUUID } from 'node:crypto';
import type { Metadata } from '../collections/stored-item.js';
import type { Limits } from '../config.js';
import type { components } from '../http/api.js';
import { fieldProblem } from '../http/problems.js';
import { usableText } from '../http/usable-text.js';
import { type ImageSource, type PictureSources, pictureBytes } from '../pictures/picture-bytes.js';

/** An item as a request has it, in JSON or from a form. */
export type RequestItem = Omit<components['schemas']['NewItem'], 'image'> & { image?: ImageSource };

/** An item whose parts were read and look usable; its picture is not decoded yet. */
export interface NewItem {
  id: string;
  picture?: Uint8Array;
  caption?: string;
  metadata?: Metadata;
}

/** An item that is still to be read. Reading throws a Problem that names the field, below `path`, which cannot be used; AbortedError. */
export interface ItemSource {
  /** Null where it is not known, as for a line that is no JSON. */
  id: string | null;
  /** The field of the request that holds the item, for example `items[2]`; empty for a line of a stream. */
  path: string;
  read(signal?: AbortSignal): Promise<NewItem>;
}

export interface ItemLimits extends PictureSources {
  limits: PictureSources['limits'] & Pick<Limits, 'textCharacters'>;
}

/** Appends a field to the path of what holds it. */
export const fieldOf = (path: string, field: string): string => (path ? `${path}.${field}` : field);

async function readItem(
  { id, path }: Pick<ItemSource, 'path'> & { id: string },
  { image, caption, metadata }: RequestItem,
  from: ItemLimits,
  signal?: AbortSignal,
): Promise<NewItem> {
  if (image === undefined && caption === undefined) {
    throw fieldProblem('unusable', path || 'item', 'expected an image, a caption or both');
  }
  const { textCharacters } = from.limits;
  return {
    id,
    ...(caption === undefined ? {} : { caption: usableText(caption, fieldOf(path, 'caption'), textCharacters) }),
    ...(image === undefined ? {} : { picture: await pictureBytes(image, fieldOf(path, 'image'), from, signal) }),
    ...(metadata === undefined ? {} : { metadata }),
  };
}

/** An item that has the shape of the contract; without an id it gets a new one. */
export function itemSource(item: RequestItem, path: string, from: ItemLimits): ItemSource {
  const id = item.id ?? randomUUID();
  return { id, path, read: (signal) => readItem({ id, path }, item, from, signal) };
}
