import { ExpectationError, expect } from '../../model/errors.js';
import type { IndexStats, VectorIndex } from '../index/vector-index.js';
import { type CollectionRow, type Counters, readCounters } from '../store/catalog.js';
import { type ItemReader, itemReader } from '../store/item-reader.js';
import { sideKey, type Target } from '../store/item-rows.js';
import type { Store } from '../store/store.js';
import type { TokenKey } from '../store/token-reader.js';
import { checkEmbedding, checkId, checkParts, isId } from './check-item.js';
import { MetadataCache } from './metadata-cache.js';
import { MutationQueue } from './mutation-queue.js';
import { type Mutation, type MutationResult, type PutStatus, planChanges } from './plan-changes.js';
import type { ItemChange, ItemRecord, Metadata, PlacedItem, StoredItem, StoredPicture } from './stored-item.js';

/** What a collection is, and how many items have an encoded picture or text. */
export interface CollectionInfo {
  name: string;
  description?: string;
  model: string;
  modelId: string;
  items: number;
  images: number;
  texts: number;
  createdAt: string;
}

export interface NearestOptions {
  target: Target;
  /** [E]. */
  embedding: Float32Array;
  k: number;
  efSearch?: number;
  /** Sees an item's metadata, {} where it has none. */
  filter?: (metadata: Metadata) => boolean;
}

export interface NearestHit {
  /** The item's number in the collection, see {@link Collection.at}. */
  label: number;
  /** Cosine in [-1, 1]. */
  itc: number;
}

/** A search that waits for its index, and what was removed since it asked: the index may have answered before it heard of that. */
interface RunningSearch {
  target: Target;
  removed: Set<number>;
}

/** How often to ask again when items found were deleted before the answer was there. */
const ATTEMPTS = 4;

function cursorOf(label: number): string {
  return Buffer.from(`after ${label}`).toString('base64url');
}

function labelAt(cursor: string): number {
  const label = Number(/^after (\d{1,15})$/.exec(Buffer.from(cursor, 'base64url').toString())?.[1]);
  expect(Number.isSafeInteger(label), 'cursor', 'one from an earlier answer', JSON.stringify(cursor));
  return label;
}

function checkCount(what: string, value: number): void {
  expect(Number.isSafeInteger(value) && value >= 1, what, 'a whole number from 1 and up', value);
}

/** The items of one collection: durable, listed in the order they were made, and found by embedding. */
export class Collection {
  readonly #store: Store;
  readonly #rows: ItemReader;
  readonly #metadata: MetadataCache;
  readonly #queue = new MutationQueue<MutationResult>((mutations) => this.#write(mutations));
  #row: CollectionRow;
  #counters: Counters;
  /** How many vectors a change in progress takes away: the index may still answer with them, so that more have to be asked for. */
  #leaving: Record<Target, number> = { image: 0, text: 0 };
  /** Those of them that the store has lost already. */
  #removed: Record<Target, number[]> = { image: [], text: [] };
  readonly #searches = new Set<RunningSearch>();
  readonly #watchers = new Set<Set<number>>();
  #refusal: ExpectationError | undefined;

  constructor(
    store: Store,
    row: CollectionRow,
    readonly indexes: Record<Target, VectorIndex>,
    /** Bytes that all collections together may spend on what is prepared of pictures. */
    readonly preparedBudget: number,
  ) {
    this.#store = store;
    this.#row = row;
    this.#rows = itemReader(store, row.number, row.embeddingSize);
    this.#metadata = new MetadataCache(this.#rows);
    this.#counters = readCounters(store, row.number);
  }

  get row(): CollectionRow {
    return this.#row;
  }

  set row(row: CollectionRow) {
    this.#row = row;
  }

  info(): CollectionInfo {
    const { name, description, model, modelId, createdAt } = this.#row;
    const { items, images, texts } = this.#counters;
    return { name, description, model, modelId, items, images, texts, createdAt };
  }

  /**
   * Adds items, or replaces those of the same id wholly, all or none of them. Resolves once they are on the disk and searchable, with one
   * status per item. Throws an ExpectationError naming what can't be stored, a NoSpaceError where the disk is full.
   */
  async put(items: StoredItem[]): Promise<PutStatus[]> {
    for (const { id, ...parts } of items) {
      checkId(id);
      checkParts(parts, this.#row.embeddingSize);
    }
    return items.length === 0 ? [] : ((await this.#mutate({ type: 'put', items })) as PutStatus[]);
  }

  /** As `put`, under labels and with times that are given: what another collection has under a label is here under the same. */
  async place(items: PlacedItem[]): Promise<void> {
    for (const { id, label: _, ...parts } of items) checkParts(parts, this.#row.embeddingSize);
    if (items.length > 0) await this.#mutate({ type: 'place', items });
  }

  /**
   * Replaces or removes (null) some parts of an item and keeps the others; `merge` is a merge patch for the metadata. False if there is no
   * such item. Throws as `put`, and an ExpectationError if neither a picture nor a caption would be left.
   */
  async patch(id: string, change: ItemChange, merge?: Metadata): Promise<boolean> {
    if (!isId(id)) return false;
    checkParts(change, this.#row.embeddingSize);
    if (merge) checkParts({ metadata: merge }, this.#row.embeddingSize);
    const result = await this.#mutate({ type: 'patch', id, change, merge });
    if (result === 'empty') throw new ExpectationError('item', 'an image, a caption or both', 'neither');
    return result as boolean;
  }

  /** Resolves once the item is gone for good; false if there is no such item. */
  async delete(id: string): Promise<boolean> {
    return isId(id) && ((await this.#mutate({ type: 'delete', id })) as boolean);
  }

  get(id: string): ItemRecord | undefined {
    const label = this.#label(id);
    return label === undefined ? undefined : this.#rows.row(label);
  }

  /** Items in the order they were made; `cursor` is the `nextCursor` of the page before, and survives deletes. */
  list({ limit, cursor }: { limit: number; cursor?: string }): { items: ItemRecord[]; nextCursor: string | null } {
    checkCount('limit', limit);
    this.#expectOpen();
    const found = this.#rows.rowsAfter(cursor === undefined ? 0 : labelAt(cursor), limit + 1);
    const page = found.slice(0, limit);
    const nextCursor = found.length > limit ? cursorOf(page.at(-1)!.label) : null;
    return { items: page.map(({ row }) => row), nextCursor };
  }

  /** The picture as it was put. */
  picture(id: string): StoredPicture | undefined {
    const label = this.#label(id);
    return label === undefined ? undefined : this.pictureAt(label);
  }

  pictureAt(label: number): StoredPicture | undefined {
    this.#expectOpen();
    const info = this.#rows.row(label)?.picture;
    const bytes = info && this.#rows.picture(label);
    return bytes && { bytes, mediaType: info.mediaType, width: info.width, height: info.height };
  }

  /** Up to `limit` labels of items above `after`, in the order they were made. */
  labelsAfter(after: number, limit: number): number[] {
    this.#expectOpen();
    return this.#rows.rowsAfter(after, limit).map(({ label }) => label);
  }

  /** The item that a hit stands for; undefined where it was deleted meanwhile. */
  at(label: number): ItemRecord | undefined {
    this.#expectOpen();
    return this.#rows.row(label);
  }

  /** The embedding [E] of an item as it was put, and where its tokens lie; undefined where it has none. */
  encoded(target: Target, id: string): { embedding: Float32Array<ArrayBuffer>; tokens: TokenKey } | undefined {
    const label = this.#label(id);
    const embedding = label === undefined ? undefined : this.#rows.embedding(target, label);
    return embedding && { embedding, tokens: this.tokenKey(target, label!) };
  }

  /** Bytes that may still be spent on what is prepared of pictures. */
  preparedRoom(): number {
    return Math.max(0, this.preparedBudget - this.#store.preparedBytes());
  }

  /** Where the store has the tokens of a hit, for a thread that reads them there. */
  tokenKey(target: Target, label: number): TokenKey {
    this.#expectOpen();
    return sideKey(this.#row.number, target, label);
  }

  /** The k items nearest by cosine to the embedding, equal ones in the order they were made; with a filter, only items that pass. */
  async nearest({ target, embedding, k, efSearch, filter }: NearestOptions): Promise<NearestHit[]> {
    checkCount('k', k);
    if (efSearch !== undefined) checkCount('efSearch', efSearch);
    checkEmbedding('query embedding', embedding, this.#row.embeddingSize);
    this.#expectOpen();
    for (let attempt = 1; ; attempt++) {
      const search: RunningSearch = { target, removed: new Set(this.#removed[target]) };
      this.#searches.add(search);
      try {
        const allowed = filter && (await this.#metadata.matching(filter));
        const asked = k + this.#leaving[target];
        const { labels, scores } = await this.indexes[target].nearest({
          vector: embedding,
          k: asked,
          efSearch,
          allowed,
        });
        const passes = (label: number) =>
          !search.removed.has(label) && (!filter || this.#metadata.passes(label, filter));
        const hits = labels.flatMap((label, i) => (passes(label) ? [{ label, itc: scores[i]! }] : []));
        if (hits.length >= k || hits.length === labels.length || attempt === ATTEMPTS) return hits.slice(0, k);
      } finally {
        this.#searches.delete(search);
      }
    }
  }

  /** State of the indexes, for those who run the server. */
  async stats(): Promise<Record<Target, IndexStats>> {
    const [image, text] = await Promise.all([this.indexes.image.stats(), this.indexes.text.stats()]);
    return { image, text };
  }

  /** Refuses everything from now on with this error, or nothing any more, and waits until what runs is done. */
  async refuse(refusal: ExpectationError | undefined): Promise<void> {
    this.#refusal = refusal;
    await this.#queue.idle();
  }

  /** Adds the labels of all items that change from now on, until the answered function is called. */
  watch(labels: Set<number>): () => void {
    this.#watchers.add(labels);
    return () => void this.#watchers.delete(labels);
  }

  /** Runs `swap` while nothing is written. If it succeeds, everything from then on is refused with this error, what waits included. */
  async replace(swap: () => Promise<void>, refusal: ExpectationError): Promise<void> {
    this.#expectOpen();
    await this.#queue.between(async () => {
      await swap();
      this.#refusal = refusal;
    });
  }

  #label(id: string): number | undefined {
    this.#expectOpen();
    if (!isId(id)) return undefined;
    return this.#rows.label(id);
  }

  #expectOpen(): void {
    if (this.#refusal) throw this.#refusal;
  }

  async #mutate(mutation: Mutation): Promise<MutationResult> {
    this.#expectOpen();
    return this.#queue.add(mutation);
  }

  async #write(mutations: Mutation[]): Promise<MutationResult[]> {
    this.#expectOpen();
    const { number, embeddingSize } = this.#row;
    const now = new Date().toISOString();
    const plan = planChanges(this.#rows, number, this.#counters, mutations, embeddingSize, now);
    const { image, text } = plan.indexes;
    this.#leaving = { image: image.remove.length, text: text.remove.length };
    try {
      await this.#store.commit(plan.writes);
      this.#counters = plan.counters;
      this.#metadata.update(plan.metadata);
      for (const labels of this.#watchers) for (const label of plan.metadata.keys()) labels.add(label);
      this.#removed = { image: image.remove, text: text.remove };
      for (const { target, removed } of this.#searches) for (const label of this.#removed[target]) removed.add(label);
      const { sequence } = plan.counters;
      await Promise.all([
        this.indexes.image.apply(image.remove, image.add, sequence),
        this.indexes.text.apply(text.remove, text.add, sequence),
      ]);
    } finally {
      this.#leaving = { image: 0, text: 0 };
      this.#removed = { image: [], text: [] };
    }
    return plan.results;
  }
}
