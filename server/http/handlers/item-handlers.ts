import { createHash } from 'node:crypto';
import { evenIfMoved } from '../../collection-model.js';
import { UnknownItemError } from '../../collections/collection-errors.js';
import { changeItem } from '../../items/change-item.js';
import { shownItem } from '../../items/shown-item.js';
import type { Handler, RawHandler } from '../handler.js';

export const listItems: Handler<'listItems'> = (
  { path: { collection }, query: { limit = 100, cursor } },
  { collections },
) => {
  const { items, nextCursor } = collections.get(collection).list({ limit, cursor });
  return { status: 200, json: { items: items.map((item) => shownItem(collection, item)), nextCursor } };
};

export const getItem: Handler<'getItem'> = ({ path: { collection, id } }, { collections }) => {
  const item = collections.get(collection).get(id);
  if (!item) throw new UnknownItemError(id, collection);
  return { status: 200, json: shownItem(collection, item) };
};

/** What stands in the store afterwards; `truncated` where the new caption was longer than the model reads. */
export const patchItem: Handler<'patchItem'> = async ({ path: { collection, id }, body, signal }, core) => {
  const { record, truncated } = await changeItem(core, collection, id, body, signal);
  return { status: 200, json: { ...shownItem(collection, record), ...(truncated ? { truncated } : {}) } };
};

export const deleteItem: Handler<'deleteItem'> = async ({ path: { collection, id } }, { collections }) => {
  if (!(await evenIfMoved(() => collections.get(collection).delete(id)))) throw new UnknownItemError(id, collection);
  return { status: 204 };
};

/** The tag changes with the picture and the size, so a client may keep what it has and only asks whether it is current. */
export const getItemImage: RawHandler<'getItemImage'> = async (input, { collections, inference }, response) => {
  const { path, query, signal, request } = input;
  const picture = collections.get(path.collection).picture(path.id);
  if (!picture) throw new UnknownItemError(path.id, path.collection, 'picture of an item');
  const digest = createHash('sha256').update(picture.bytes).digest('base64url').slice(0, 22);
  response.set({ ETag: `"${digest}-${query.size ?? 'full'}"`, 'Cache-Control': 'private, no-cache' });
  if (request.fresh) return void response.status(304).end();
  const shrunk =
    query.size === undefined ? undefined : await inference.thumbnail(picture.bytes, query.size, { signal });
  response.type(shrunk ? 'image/jpeg' : picture.mediaType);
  response.send(Buffer.from(shrunk ?? picture.bytes));
};
