import { ExpectationError } from '../../model/errors.js';

/** There is no collection of this name. */
export class UnknownCollectionError extends ExpectationError {
  override name = 'UnknownCollectionError';
  constructor(collection: string) {
    super('collection', 'the name of an existing collection', collection);
  }
}

/** Another collection has taken the place and name of this one, built with another model: what was asked can be asked of that one. */
export class CollectionMovedError extends ExpectationError {
  override name = 'CollectionMovedError';
  constructor(collection: string) {
    super(`collection ${collection}`, 'to keep its model', 'another one meanwhile');
  }
}

/** A collection of this name exists and holds the embeddings of another model. */
export class CollectionConflictError extends ExpectationError {
  override name = 'CollectionConflictError';
  constructor(collection: string, existing: string, asked: string) {
    super(`collection ${collection}`, `the model it was made with, ${existing}`, asked);
  }
}

/** The collection is being encoded anew already. */
export class CollectionRebuildingError extends ExpectationError {
  override name = 'CollectionRebuildingError';
  constructor(collection: string) {
    super(`collection ${collection}`, 'to be rebuilt once at a time', 'a second request');
  }
}

/** An item that does not exist, or lacks what is asked of it. */
export class UnknownItemError extends Error {
  override name = 'UnknownItemError';
  constructor(
    readonly id: string,
    readonly collection: string,
    readonly lacks = 'item',
  ) {
    super(`collection ${JSON.stringify(collection)} has no ${lacks} ${JSON.stringify(id)}`);
  }
}
