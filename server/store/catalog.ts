// Which collections there are. A collection is known by name to people and by number to its rows: a deleted one gives up its name at
// once, its rows go in the background, and a new one of the same name gets another number.
import type { Key, Store, Write } from './store.js';

export interface CollectionRow {
  number: number;
  /** Made once per collection, so that a file kept from another one is told apart. */
  uuid: string;
  name: string;
  description?: string;
  model: string;
  modelId: string;
  embeddingSize: number;
  createdAt: string;
}

/** `sequence` counts the changes of a collection; labels are given out in growing order and never twice. */
export interface Counters {
  nextLabel: number;
  sequence: number;
  items: number;
  images: number;
  texts: number;
}

const PURGED_PER_COMMIT = 500;
const NO_ITEMS: Counters = { nextLabel: 1, sequence: 0, items: 0, images: 0, texts: 0 };

/** The collections of a store, in order of their names. */
export function listCollections(store: Store): CollectionRow[] {
  const range = store.tables.catalog.getRange({ start: ['name'], end: ['name', '\uffff'] });
  return [...range].map(({ value }) => value as CollectionRow);
}

/** The counters of a collection. */
export function readCounters(store: Store, number: number): Counters {
  return (store.tables.counters.get([number]) as Counters | undefined) ?? NO_ITEMS;
}

/** The write that changes the counters. */
export function writeCounters(number: number, value: Counters): Write {
  return { table: 'counters', key: [number], value };
}

/** A collection that has no number yet. */
export type NewCollectionRow = Omit<CollectionRow, 'number'>;

async function addUnder(store: Store, row: NewCollectionRow, keyOf: (number: number) => Key): Promise<CollectionRow> {
  const number = (store.tables.catalog.get(['next']) as number | undefined) ?? 1;
  const added = { ...row, number };
  await store.commit([
    { table: 'catalog', key: ['next'], value: number + 1 },
    { table: 'catalog', key: keyOf(number), value: added },
  ]);
  return added;
}

/** Adds a collection under the next free number. */
export function addCollection(store: Store, row: NewCollectionRow): Promise<CollectionRow> {
  return addUnder(store, row, () => ['name', row.name]);
}

/** Adds a collection that has no name yet, under the next free number. */
export function addBuilding(store: Store, row: NewCollectionRow): Promise<CollectionRow> {
  return addUnder(store, row, (number) => ['building', number]);
}

/** Gives the name of one collection to another that was built for it; the rows of the first stay until `purgeDeleted`. */
export async function replaceCollection(store: Store, old: CollectionRow, built: CollectionRow): Promise<void> {
  await store.commit([
    { table: 'catalog', key: ['name', old.name], value: built },
    { table: 'catalog', key: ['building', built.number], value: undefined },
    { table: 'catalog', key: ['purge', old.number], value: true },
  ]);
}

/** Gives up a collection that has no name; its rows stay until `purgeDeleted`. */
export async function abandonBuilding(store: Store, number: number): Promise<void> {
  await store.commit([
    { table: 'catalog', key: ['building', number], value: undefined },
    { table: 'catalog', key: ['purge', number], value: true },
  ]);
}

/** Numbers of the collections that have no name. */
export function listBuilding(store: Store): number[] {
  const keys = store.tables.catalog.getKeys({ start: ['building'], end: ['building', Infinity] });
  return [...keys].map((key) => key[1] as number);
}

/** Replaces the description of a collection. */
export async function updateCollection(store: Store, row: CollectionRow): Promise<void> {
  await store.commit([{ table: 'catalog', key: ['name', row.name], value: row }]);
}

/** Takes a collection out of the list; its rows stay until `purgeDeleted`. */
export async function removeCollection(store: Store, row: CollectionRow): Promise<void> {
  await store.commit([
    { table: 'catalog', key: ['name', row.name], value: undefined },
    { table: 'catalog', key: ['purge', row.number], value: true },
  ]);
}

/** Removes the rows of deleted collections, a little at a time so that other writes get through, until none is left or `stop`. */
export async function purgeDeleted(store: Store, stop: () => boolean): Promise<void> {
  const waiting = [...store.tables.catalog.getKeys({ start: ['purge'], end: ['purge', Infinity] })].map(
    (key) => key[1] as number,
  );
  for (const number of waiting) {
    for (const table of ['labels', 'items', 'pictures', 'embeddings', 'tokens', 'prepared'] as const) {
      for (;;) {
        if (stop()) return;
        const range = { start: [number], end: [number + 1], limit: PURGED_PER_COMMIT };
        const keys = [...store.tables[table].getKeys(range)];
        if (keys.length === 0) break;
        await store.commit(keys.map((key) => ({ table, key, value: undefined })));
      }
    }
    await store.commit([
      { table: 'counters', key: [number], value: undefined },
      { table: 'catalog', key: ['purge', number], value: undefined },
    ]);
  }
}
