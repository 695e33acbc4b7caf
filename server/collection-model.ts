import type { Collection, CollectionInfo } from './collections/collection.js';
import { CollectionConflictError, CollectionMovedError } from './collections/collection-errors.js';
import type { Core } from './core.js';
import type { LoadedModel } from './inference/loaded-model.js';

/** A collection, and the model that encodes what comes into it. */
export interface OpenedCollection {
  collection: Collection;
  model: LoadedModel;
}

const nameOf = (model: string, id: string): string => `${model} (${id.slice(0, 12)})`;

/**
 * A collection and the model it was built with; only that one's embeddings can be compared with what it holds.
 * @throws UnknownCollectionError; CollectionConflictError when that model is not loaded or `asked` names another one; UnknownModelError
 */
export function openWithModel(core: Core, name: string, asked?: string): OpenedCollection {
  const { inference } = core;
  const collection = core.collections.get(name);
  const { model: built, modelId } = collection.info();
  const model = inference.modelById(modelId);
  if (!model) {
    const loaded = inference.models().map(({ manifest }) => nameOf(manifest.name, manifest.id));
    throw new CollectionConflictError(name, nameOf(built, modelId), `only ${loaded.join(', ') || 'no model'} loaded`);
  }
  const wanted = asked === undefined ? model : inference.model(asked, 'retrieval');
  if (wanted !== model) {
    throw new CollectionConflictError(name, nameOf(built, modelId), nameOf(wanted.manifest.name, wanted.manifest.id));
  }
  return { collection, model };
}

/** Does something with a collection, and again with the one that took its place meanwhile: its model is another, so that all begins anew. */
export async function evenIfMoved<Result>(action: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof CollectionMovedError)) throw error;
    }
  }
}

/**
 * Creates a collection for a model, by default the first one that does retrieval; an existing one keeps its own.
 * @throws CollectionConflictError when it exists with another model; UnknownModelError, NotOfferedError
 */
export function createCollection(
  { collections, inference }: Core,
  name: string,
  { model: asked, description }: { model?: string; description?: string },
): Promise<{ created: boolean; info: CollectionInfo }> {
  const existing = collections.list().find((info) => info.name === name);
  if (existing && asked === undefined) {
    const { model, modelId } = existing;
    const { embeddingSize } = collections.get(name).row;
    return collections.create(name, { description, model, modelId, embeddingSize });
  }
  const { manifest, embeddingSize } = inference.model(asked, 'retrieval');
  return collections.create(name, { description, model: manifest.name, modelId: manifest.id, embeddingSize });
}
