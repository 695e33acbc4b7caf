import { evenIfMoved, openWithModel } from '../collection-model.js';
import { UnknownItemError } from '../collections/collection-errors.js';
import type { ItemChange, ItemRecord } from '../collections/stored-item.js';
import type { Core } from '../core.js';
import type { components } from '../http/api.js';
import { usableText } from '../http/usable-text.js';
import { type ImageSource, pictureBytes } from '../pictures/picture-bytes.js';
import { type EncodedSides, encodeSides } from './encode-sides.js';

/** A change as a request has it, in JSON or from a form; null removes a part. */
export type RequestedChange = Omit<components['schemas']['ItemChange'], 'image'> & { image?: ImageSource | null };

export interface ChangedItem {
  record: ItemRecord;
  truncated: boolean;
}

/** The new picture and caption, encoded; parts that the request does not name are left out. */
async function encodedChange(
  core: Core,
  name: string,
  { image, caption }: RequestedChange,
  signal: AbortSignal,
): Promise<{ change: ItemChange; truncated: boolean }> {
  const change: ItemChange = {};
  if (image === null) Object.assign(change, { picture: null, image: null });
  if (caption === null) Object.assign(change, { caption: null, text: null });
  if (image == null && caption == null) return { change, truncated: false };
  const text = caption == null ? undefined : usableText(caption, 'caption', core.limits.textCharacters);
  const bytes = image && (await pictureBytes(image, 'image', core, signal));
  const parts = { picture: bytes ?? undefined, caption: text };
  const [sides] = (await encodeSides([parts], openWithModel(core, name), { signal })) as [EncodedSides];
  if (sides.error) throw sides.error;
  if (bytes && sides.info) Object.assign(change, { picture: { bytes, ...sides.info }, image: sides.image });
  if (sides.text) Object.assign(change, { caption: text, text: sides.text });
  return { change, truncated: sides.truncated };
}

/**
 * Changes parts of an item: caption and picture are replaced, or removed by null; metadata are merged as in RFC 7396. Resolves once that
 * is durable and searchable. Throws Problem and PictureError that name the field; UnknownCollectionError, UnknownItemError,
 * CollectionConflictError where something has to be encoded and the model is not loaded, NoSpaceError.
 */
export function changeItem(
  core: Core,
  name: string,
  id: string,
  body: RequestedChange,
  signal: AbortSignal,
): Promise<ChangedItem> {
  return evenIfMoved(async () => {
    const collection = core.collections.get(name);
    if (!collection.get(id)) throw new UnknownItemError(id, name);
    const { change, truncated } = await encodedChange(core, name, body, signal);
    if (body.metadata === null) change.metadata = null;
    const isThere = await collection.patch(id, change, body.metadata ?? undefined);
    const record = isThere ? collection.get(id) : undefined;
    if (!record) throw new UnknownItemError(id, name);
    return { record, truncated };
  });
}
