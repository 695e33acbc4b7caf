import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { ExpectationError, expect } from '../../model/errors.js';
import { type FolderLock, lockFolder } from '../../model/files/folder-lock.js';
import { type IndexHostOptions, startHnswHost } from '../index/hnsw-host.js';
import type { IndexHost, VectorIndex } from '../index/vector-index.js';
import {
  addCollection,
  type CollectionRow,
  listCollections,
  purgeDeleted,
  readCounters,
  removeCollection,
  updateCollection,
} from '../store/catalog.js';
import { itemReader } from '../store/item-reader.js';
import { TARGETS, type Target } from '../store/item-rows.js';
import { openStore, type Store } from '../store/store.js';
import { Collection, type CollectionInfo } from './collection.js';
import { CollectionConflictError, UnknownCollectionError } from './collection-errors.js';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const VECTORS_PER_PAGE = 1_000;

export interface CollectionsOptions extends IndexHostOptions {
  /** Bytes on the disk that may be spent on what is prepared of pictures for the matcher; none by default. */
  preparedBytes?: number;
}

export interface NewCollection {
  description?: string;
  /** Name and id of the model that the embeddings come from. */
  model: string;
  modelId: string;
  /** E. */
  embeddingSize: number;
}

/** All collections of one data directory. */
export interface Collections {
  /** Folder of the store, for threads that read tokens there by their {@link Collection.tokenKey}. */
  readonly storeDir: string;
  /** Makes the collection, or leaves it as it is but for a given description. Throws CollectionConflictError if it has another model. */
  create(name: string, options: NewCollection): Promise<{ created: boolean; info: CollectionInfo }>;
  /** In order of their names. */
  all(): Collection[];
  /** What {@link all} tell about themselves. */
  list(): CollectionInfo[];
  /** Throws UnknownCollectionError. */
  get(name: string): Collection;
  /** Resolves once the collection is gone for good. Throws UnknownCollectionError. */
  delete(name: string): Promise<void>;
  /** A consistent copy of the store, with which another data directory can start, made while this one goes on. */
  backup(dir: string): Promise<void>;
  /** Waits for the writes in progress, saves the indexes and gives the data directory back. */
  close(): Promise<void>;
}

const closed = () => new ExpectationError('collections', 'to be open', 'closed');
const indexName = (number: number, target: Target) => `${number}-${target}`;

class OpenCollections implements Collections {
  readonly #byName = new Map<string, Collection>();
  /** Making and deleting go one after another. */
  #turn: Promise<unknown> = Promise.resolve();
  #purging: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(
    readonly lock: FolderLock,
    readonly store: Store,
    readonly host: IndexHost,
    readonly options: CollectionsOptions,
  ) {}

  get storeDir(): string {
    return this.store.dir;
  }

  async openAll(): Promise<void> {
    for (const row of listCollections(this.store)) this.#byName.set(row.name, await this.#open(row));
    this.#purge();
  }

  create(name: string, options: NewCollection): Promise<{ created: boolean; info: CollectionInfo }> {
    return this.#inTurn(async () => {
      expect(
        NAME.test(name),
        'collection name',
        '1 to 64 of A-Z a-z 0-9 . _ - after a letter or digit',
        JSON.stringify(name),
      );
      const { description, model, modelId, embeddingSize } = options;
      const existing = this.#byName.get(name);
      if (existing) return { created: false, info: await this.#keep(existing, options) };
      const createdAt = new Date().toISOString();
      const about = { uuid: randomUUID(), name, description, model, modelId, embeddingSize, createdAt };
      const collection = await this.#open(await addCollection(this.store, about));
      this.#byName.set(name, collection);
      return { created: true, info: collection.info() };
    });
  }

  all(): Collection[] {
    this.#expectOpen();
    const names = [...this.#byName.keys()].sort();
    return names.map((name) => this.#byName.get(name)!);
  }

  list(): CollectionInfo[] {
    return this.all().map((collection) => collection.info());
  }

  get(name: string): Collection {
    this.#expectOpen();
    const collection = this.#byName.get(name);
    if (!collection) throw new UnknownCollectionError(name);
    return collection;
  }

  delete(name: string): Promise<void> {
    return this.#inTurn(async () => {
      const collection = this.get(name);
      await collection.refuse(new UnknownCollectionError(name));
      try {
        await removeCollection(this.store, collection.row);
      } catch (error) {
        await collection.refuse(undefined);
        throw error;
      }
      this.#byName.delete(name);
      await Promise.all(TARGETS.map((target) => collection.indexes[target].drop()));
      this.#purge();
    });
  }

  async backup(dir: string): Promise<void> {
    this.#expectOpen();
    await this.store.backup(join(dir, 'store'));
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  async #close(): Promise<void> {
    await this.#turn;
    await Promise.all([...this.#byName.values()].map((collection) => collection.refuse(closed())));
    await this.#purging;
    await this.host.close();
    await this.store.close();
    await this.lock.release();
  }

  async #open(row: CollectionRow): Promise<Collection> {
    const rows = itemReader(this.store, row.number, row.embeddingSize);
    const open = (target: Target): Promise<VectorIndex> =>
      this.host.open(
        {
          name: indexName(row.number, target),
          source: `${row.uuid} ${target} ${row.modelId}`,
          dimension: row.embeddingSize,
        },
        {
          page: (after) => {
            const page = rows.embeddingsAfter(target, after, VECTORS_PER_PAGE);
            return page.labels.length > 0 ? page : undefined;
          },
          sequence: () => readCounters(this.store, row.number).sequence,
        },
      );
    const indexes = { image: await open('image'), text: await open('text') };
    return new Collection(this.store, row, indexes, this.options.preparedBytes ?? 0);
  }

  async #keep(collection: Collection, asked: NewCollection): Promise<CollectionInfo> {
    const { row } = collection;
    if (asked.modelId !== row.modelId || asked.embeddingSize !== row.embeddingSize) {
      const describe = (of: NewCollection) => `${of.model} (${of.modelId}, ${of.embeddingSize} numbers)`;
      throw new CollectionConflictError(row.name, describe(row), describe(asked));
    }
    if (asked.description !== undefined && asked.description !== row.description) {
      const described = { ...row, description: asked.description };
      await updateCollection(this.store, described);
      collection.row = described;
    }
    return collection.info();
  }

  #inTurn<T>(action: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(() => {
      this.#expectOpen();
      return action();
    });
    this.#turn = result.catch(() => {});
    return result;
  }

  #purge(): void {
    this.#purging = this.#purging
      .then(() => purgeDeleted(this.store, () => this.#closing !== undefined))
      .catch((error: Error) =>
        this.options.onWarning?.(`${error.message}; rows of deleted collections stay until the next start`),
      );
  }

  #expectOpen(): void {
    if (this.#closing) throw closed();
  }
}

/**
 * Opens the collections in a data directory, made if missing, and takes its lock. Resolves once all are searchable; graphs may still
 * be built in the background. Throws an ExpectationError naming the process that holds the directory, or why the store can't be used.
 */
export async function openCollections(dataDir: string, options: CollectionsOptions = {}): Promise<Collections> {
  const lock = await lockFolder(dataDir, 'data directory');
  let store: Store | undefined;
  let host: IndexHost | undefined;
  try {
    store = await openStore(join(dataDir, 'store'));
    const numbers = listCollections(store).map(({ number }) => number);
    const names = new Set(numbers.flatMap((number) => TARGETS.map((target) => indexName(number, target))));
    host = startHnswHost(join(dataDir, 'index'), names, options);
    const collections = new OpenCollections(lock, store, host, options);
    await collections.openAll();
    return collections;
  } catch (error) {
    await host?.close();
    await store?.close();
    await lock.release();
    throw error;
  }
}
