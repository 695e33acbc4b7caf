// Turns the puts, patches and deletes that wait for one collection into the writes of one transaction and one change of each index.
import type { LabelledVectors } from '../index/vector-index.js';
import { type Counters, writeCounters } from '../store/catalog.js';
import type { ItemReader } from '../store/item-reader.js';
import { type ItemRow, TARGETS, type Target } from '../store/item-rows.js';
import { writeLabel, writePicture, writeRow, writeSide } from '../store/item-writes.js';
import type { Write } from '../store/store.js';
import { mergeMetadata } from './merge-metadata.js';
import type { ItemChange, Metadata, PlacedItem, StoredItem } from './stored-item.js';

export type Mutation =
  | { type: 'put'; items: StoredItem[] }
  | { type: 'place'; items: PlacedItem[] }
  /** `merge` changes single fields of the metadata. */
  | { type: 'patch'; id: string; change: ItemChange; merge?: Metadata }
  | { type: 'delete'; id: string };

export type PutStatus = 'created' | 'updated';

/** What came of one mutation: a status per item, whether there was such an item, or that nothing would have been left of it. */
export type MutationResult = PutStatus[] | boolean | 'empty';

export interface IndexChange {
  remove: number[];
  add: LabelledVectors;
}

export interface Plan {
  writes: Write[];
  counters: Counters;
  indexes: Record<Target, IndexChange>;
  /** Metadata as it will be; undefined where the item will be gone. */
  metadata: Map<number, Metadata | undefined>;
  /** One per mutation. */
  results: MutationResult[];
}

/** What becomes of one label: `before` is its row in the store, `change` all that was asked, gone means deleted. */
interface Fate {
  id: string;
  before: ItemRow | undefined;
  change: ItemChange;
  gone: boolean;
  /** Of an item that is as old as elsewhere. */
  times?: { createdAt: string; updatedAt: string };
}

const NOTHING_KEPT: ItemChange = { caption: null, metadata: null, picture: null, image: null, text: null };

/** Follows the mutations in order, as if each had already been written when the next one came. */
class Draft {
  readonly fates = new Map<number, Fate>();
  readonly #labels = new Map<string, number | undefined>();
  nextLabel: number;

  constructor(
    readonly rows: ItemReader,
    counters: Counters,
  ) {
    this.nextLabel = counters.nextLabel;
  }

  put({ id, ...parts }: StoredItem): PutStatus {
    const known = this.#find(id);
    const label = known ?? this.nextLabel++;
    const fate = this.#fate(id, label);
    fate.change = { ...NOTHING_KEPT, ...parts };
    this.#labels.set(id, label);
    return known === undefined ? 'created' : 'updated';
  }

  place({ id, label, createdAt, updatedAt, ...parts }: PlacedItem): PutStatus {
    const known = this.#find(id);
    // It went and came back under the same id: the older one is gone.
    if (known !== undefined && known !== label) this.#fate(id, known).gone = true;
    const fate = this.#fate(id, label);
    fate.change = { ...NOTHING_KEPT, ...parts };
    fate.times = { createdAt, updatedAt };
    this.#labels.set(id, label);
    this.nextLabel = Math.max(this.nextLabel, label + 1);
    return known === undefined ? 'created' : 'updated';
  }

  patch(id: string, change: ItemChange, merge?: Metadata): boolean | 'empty' {
    const label = this.#find(id);
    if (label === undefined) return false;
    const fate = this.#fate(id, label);
    const changed = { ...fate.change, ...change };
    const metadata = changed.metadata === undefined ? fate.before?.metadata : changed.metadata;
    if (merge) changed.metadata = mergeMetadata(metadata ?? {}, merge);
    const isLeft = (part: 'caption' | 'picture') =>
      changed[part] === undefined ? fate.before?.[part] !== undefined : changed[part] !== null;
    const takes = change.caption === null || change.picture === null;
    if (takes && !isLeft('caption') && !isLeft('picture')) return 'empty';
    fate.change = changed;
    return true;
  }

  delete(id: string): boolean {
    const label = this.#find(id);
    if (label === undefined) return false;
    this.#fate(id, label).gone = true;
    this.#labels.set(id, undefined);
    return true;
  }

  #find(id: string): number | undefined {
    return this.#labels.has(id) ? this.#labels.get(id) : this.rows.label(id);
  }

  #fate(id: string, label: number): Fate {
    let fate = this.fates.get(label);
    if (!fate) {
      fate = { id, before: this.rows.row(label), change: {}, gone: false };
      this.fates.set(label, fate);
    }
    return fate;
  }
}

/** The part as it will be described in the row: kept, replaced or left out. */
function described<Part, Info>(
  change: Part | null | undefined,
  before: Info | undefined,
  describe: (part: Part) => Info,
) {
  if (change === undefined) return before;
  return change === null ? undefined : describe(change);
}

function rowAfter({ id, before, change, times }: Fate, now: string): ItemRow {
  return {
    id,
    caption: described(change.caption, before?.caption, (caption) => caption),
    metadata: described(change.metadata, before?.metadata, (metadata) => metadata),
    picture: described(change.picture, before?.picture, ({ bytes, mediaType, width, height }) => ({
      mediaType,
      width,
      height,
      bytes: bytes.byteLength,
    })),
    image: described(change.image, before?.image, ({ rows }) => ({ rows })),
    text: described(change.text, before?.text, ({ rows }) => ({ rows })),
    createdAt: times?.createdAt ?? before?.createdAt ?? now,
    updatedAt: times?.updatedAt ?? now,
  };
}

function writesOf(
  collection: number,
  label: number,
  fate: Fate,
  after: ItemRow | undefined,
  sequence: number,
): Write[] {
  const { id, before } = fate;
  const change = fate.gone ? NOTHING_KEPT : fate.change;
  const writes = [writeRow(collection, label, after)];
  if (!before || !after) writes.push(writeLabel(collection, id, after && label));
  if (change.picture || (change.picture === null && before?.picture)) {
    writes.push(writePicture(collection, label, change.picture?.bytes));
  }
  for (const target of TARGETS) {
    const side = change[target];
    if (side || (side === null && before?.[target])) {
      writes.push(...writeSide(collection, target, label, sequence, side ?? undefined));
    }
  }
  return writes;
}

function indexChange(target: Target, fates: Map<number, Fate>, size: number): IndexChange {
  const remove: number[] = [];
  const labels: number[] = [];
  const embeddings: Float32Array[] = [];
  for (const [label, { before, change, gone }] of fates) {
    const side = gone ? null : change[target];
    if (side) {
      labels.push(label);
      embeddings.push(side.embedding);
    } else if (side === null && before?.[target]) remove.push(label);
  }
  const vectors = new Float32Array(labels.length * size);
  for (const [i, embedding] of embeddings.entries()) vectors.set(embedding, i * size);
  return { remove, add: { labels, vectors } };
}

function run(draft: Draft, mutation: Mutation): MutationResult {
  switch (mutation.type) {
    case 'put':
      return mutation.items.map((item) => draft.put(item));
    case 'place':
      return mutation.items.map((item) => draft.place(item));
    case 'patch':
      return draft.patch(mutation.id, mutation.change, mutation.merge);
    case 'delete':
      return draft.delete(mutation.id);
  }
}

/** Plans checked mutations of the collection with this number; `size` is E and `now` an ISO 8601 time. */
export function planChanges(
  rows: ItemReader,
  collection: number,
  counters: Counters,
  mutations: Mutation[],
  size: number,
  now: string,
): Plan {
  const draft = new Draft(rows, counters);
  const results = mutations.map((mutation) => run(draft, mutation));
  // What came and went within these mutations never was.
  for (const [label, { before, gone }] of draft.fates) if (gone && !before) draft.fates.delete(label);
  const after: Counters = { ...counters, nextLabel: draft.nextLabel, sequence: counters.sequence + 1 };
  const plan: Omit<Plan, 'indexes' | 'counters'> = { writes: [], metadata: new Map(), results };
  for (const [label, fate] of draft.fates) {
    const row = fate.gone ? undefined : rowAfter(fate, now);
    after.items += Number(!!row) - Number(!!fate.before);
    after.images += Number(!!row?.image) - Number(!!fate.before?.image);
    after.texts += Number(!!row?.text) - Number(!!fate.before?.text);
    plan.writes.push(...writesOf(collection, label, fate, row, after.sequence));
    plan.metadata.set(label, row && (row.metadata ?? {}));
  }
  plan.writes.push(writeCounters(collection, after));
  const image = indexChange('image', draft.fates, size);
  const text = indexChange('text', draft.fates, size);
  return { ...plan, counters: after, indexes: { image, text } };
}
