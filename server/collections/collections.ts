import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { ExpectationError, expect } from '../../model/errors.js';
import { type FolderLock, lockFolder } from '../../model/files/folder-lock.js';
import { type IndexHostOptions, startHnswHost } from '../index/hnsw-host.js';
import { SmallIndex } from '../index/small-index.js';
import type { IndexHost, IndexState, VectorIndex, VectorSource } from '../index/vector-index.js';
import {
  abandonBuilding,
  addBuilding,
  addCollection,
  type CollectionRow,
  listBuilding,
  listCollections,
  purgeDeleted,
  readCounters,
  removeCollection,
  replaceCollection,
  updateCollection,
} from '../store/catalog.js';
import { itemReader } from '../store/item-reader.js';
import { TARGETS, type Target } from '../store/item-rows.js';
import { openStore, type Store } from '../store/store.js';
import { type BackupFile, STORE_FOLDER } from '../store/write-backup.js';
import { Collection, type CollectionInfo } from './collection.js';
import {
  CollectionConflictError,
  CollectionMovedError,
  CollectionRebuildingError,
  UnknownCollectionError,
} from './collection-errors.js';
import { type CopyOptions, ItemCopier } from './copy-items.js';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const VECTORS_PER_PAGE = 1_000;

export interface CollectionsOptions extends IndexHostOptions {
  /** Bytes on the disk that may be spent on what is prepared of pictures for the matcher; none by default. */
  preparedBytes?: number;
}

/** Name and id of the model that embeddings come from. */
export interface ModelOf {
  model: string;
  modelId: string;
  /** E. */
  embeddingSize: number;
}

export interface NewCollection extends ModelOf {
  description?: string;
}

/** All collections of one data directory. */
export interface Collections {
  /** Folder of the store, for threads that read tokens there by their {@link Collection.tokenKey}. */
  readonly storeDir: string;
  /** Of the indexes of all; where they are lost, changes are stored and small collections still answer. */
  readonly indexState: IndexState;
  /** Makes the collection, or leaves it as it is but for a given description. Throws CollectionConflictError if it has another model. */
  create(name: string, options: NewCollection): Promise<{ created: boolean; info: CollectionInfo }>;
  /** In order of their names. */
  all(): Collection[];
  /** What {@link all} tell about themselves. */
  list(): CollectionInfo[];
  /** Throws UnknownCollectionError. */
  get(name: string): Collection;
  /**
   * Encodes the collection anew with another model, beside what it is; then the new one takes its place, items, labels and times being the
   * same. Until then everything goes on, and no write is lost: those that come at the last moment are refused with CollectionMovedError.
   * Throws as {@link expectNoRebuild}.
   */
  rebuild(name: string, model: ModelOf, options: CopyOptions): Promise<void>;
  /** Throws CollectionRebuildingError where the collection is being encoded anew. */
  expectNoRebuild(name: string): void;
  /** Resolves once the collection is gone for good. Throws UnknownCollectionError. */
  delete(name: string): Promise<void>;
  /** A backup in a new or empty folder, which can be used as data directory, made while this one goes on. Throws as `writeBackup`. */
  backup(dir: string, signal?: AbortSignal): Promise<BackupFile[]>;
  /** Waits for the writes in progress, saves the indexes and gives the data directory back. */
  close(): Promise<void>;
}

const closed = () => new ExpectationError('collections', 'to be open', 'closed');
const indexName = (number: number, target: Target) => `${number}-${target}`;

class OpenCollections implements Collections {
  readonly #byName = new Map<string, Collection>();
  readonly #rebuilding = new Set<string>();
  /** Making, replacing and deleting go one after another. */
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

  get indexState(): IndexState {
    return this.host.state;
  }

  async openAll(): Promise<void> {
    for (const number of listBuilding(this.store)) await abandonBuilding(this.store, number);
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

  expectNoRebuild(name: string): void {
    if (this.#rebuilding.has(name)) throw new CollectionRebuildingError(name);
  }

  async rebuild(name: string, { model, modelId, embeddingSize }: ModelOf, options: CopyOptions): Promise<void> {
    const { from, to } = await this.#inTurn(async () => {
      const from = this.get(name);
      this.expectNoRebuild(name);
      const about = { ...from.row, uuid: randomUUID(), model, modelId, embeddingSize };
      const to = await this.#open(await addBuilding(this.store, about));
      this.#rebuilding.add(name);
      return { from, to };
    });
    const copier = new ItemCopier(from, to, options);
    try {
      await copier.copyMost();
      await this.#inTurn(() => from.replace(() => this.#swap(from, to, copier), new CollectionMovedError(name)));
      this.#purge();
      await this.#dropIndexes(from);
    } catch (error) {
      if (this.#byName.get(name) !== to) await this.#abandon(to);
      throw error;
    } finally {
      copier.stop();
      this.#rebuilding.delete(name);
    }
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
      await this.#dropIndexes(collection);
      this.#purge();
    });
  }

  async backup(dir: string, signal?: AbortSignal): Promise<BackupFile[]> {
    this.#expectOpen();
    return this.store.backup(dir, signal);
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
    const open = async (target: Target): Promise<VectorIndex> => {
      const source: VectorSource = {
        page: (after) => {
          const page = rows.embeddingsAfter(target, after, VECTORS_PER_PAGE);
          return page.labels.length > 0 ? page : undefined;
        },
        sequence: () => readCounters(this.store, row.number).sequence,
      };
      const dimension = row.embeddingSize;
      const about = { name: indexName(row.number, target), source: `${row.uuid} ${target} ${row.modelId}`, dimension };
      return new SmallIndex(await this.host.open(about, source), dimension, source);
    };
    const indexes = { image: await open('image'), text: await open('text') };
    return new Collection(this.store, row, indexes, this.options.preparedBytes ?? 0);
  }

  async #swap(from: Collection, to: Collection, copier: ItemCopier): Promise<void> {
    await copier.copyRest();
    to.row = { ...to.row, description: from.row.description };
    await replaceCollection(this.store, from.row, to.row);
    this.#byName.set(from.row.name, to);
  }

  /** While it closes the store has its mark, and the next start sweeps it away. */
  async #abandon(building: Collection): Promise<void> {
    if (this.#closing) return;
    await building.refuse(closed());
    await abandonBuilding(this.store, building.row.number);
    await this.#dropIndexes(building);
    this.#purge();
  }

  async #dropIndexes({ indexes }: Collection): Promise<void> {
    await Promise.all(TARGETS.map((target) => indexes[target].drop()));
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
    store = await openStore(join(dataDir, STORE_FOLDER));
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
