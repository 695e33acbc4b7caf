import { createCollection } from '../../collection-model.js';
import type { CollectionInfo } from '../../collections/collection.js';
import type { components } from '../api.js';
import type { Handler } from '../handler.js';

/** A description that was never given is left out. */
function shown({ description, ...info }: CollectionInfo): components['schemas']['Collection'] {
  return description === undefined ? info : { ...info, description };
}

export const listCollections: Handler<'listCollections'> = (_input, { collections }) => ({
  status: 200,
  json: { collections: collections.list().map(shown) },
});

export const putCollection: Handler<'putCollection'> = async ({ path, body }, core) => {
  const { created, info } = await createCollection(core, path.collection, body ?? {});
  return { status: created ? 201 : 200, json: shown(info) };
};

export const getCollection: Handler<'getCollection'> = ({ path }, { collections }) => ({
  status: 200,
  json: shown(collections.get(path.collection).info()),
});

export const deleteCollection: Handler<'deleteCollection'> = async ({ path }, { collections }) => {
  await collections.delete(path.collection);
  return { status: 204 };
};
