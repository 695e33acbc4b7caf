// Fills a collection that takes another one's place with that one's items, while those go on changing.
import type { Collection } from './collection.js';
import type { Encoded, ItemRecord, PlacedItem, StoredPicture } from './stored-item.js';

/** An item that is to be encoded anew. */
export interface ItemSource {
  label: number;
  record: ItemRecord;
  picture?: StoredPicture;
}

/** What came of it: its sides, of which one is missing where it could not be encoded. */
export interface NewSides {
  image?: Encoded;
  text?: Encoded;
}

export interface CopyOptions {
  /** Encodes some items, in their order. */
  encode(items: ItemSource[]): Promise<NewSides[]>;
  /** Told of so many items copied for the first time. */
  onCopied(count: number): Promise<void>;
  signal: AbortSignal;
}

/** Items that are read, encoded and written together, and the bytes of pictures after which fewer are. */
const WINDOW_ITEMS = 32;
const WINDOW_BYTES = 64 * 2 ** 20;
/** With no more than so many changes left, they are few enough to let writers wait for them. */
const FEW_CHANGES = 32;
/** Writers that are as fast as the copying would keep it from ever ending; then they wait. */
const MOST_ROUNDS = 8;
const INDEX_POLL_MS = 50;

/** Copies items under their labels from one collection to another, whose model encodes them. */
export class ItemCopier {
  /** Labels that changed since they were read. */
  readonly #changed = new Set<number>();
  readonly #unwatch: () => void;

  constructor(
    readonly from: Collection,
    readonly to: Collection,
    readonly options: CopyOptions,
  ) {
    this.#unwatch = from.watch(this.#changed);
  }

  /** Copies everything, then what changed meanwhile until that is little. Throws where `signal` is aborted. */
  async copyMost(): Promise<void> {
    const { from } = this;
    for (let labels = from.labelsAfter(0, WINDOW_ITEMS); labels.length > 0; ) {
      await this.#copy(labels);
      await this.options.onCopied(labels.length);
      labels = from.labelsAfter(labels.at(-1)!, WINDOW_ITEMS);
    }
    await this.#indexed();
    for (let round = 0; round < MOST_ROUNDS && this.#changed.size > FEW_CHANGES; round++) await this.#copyChanged();
  }

  /** Copies what is left, while nothing is written. */
  async copyRest(): Promise<void> {
    while (this.#changed.size > 0) await this.#copyChanged();
  }

  stop(): void {
    this.#unwatch();
  }

  /** In the order they were made, so that an id that was deleted and came back is first taken from its old label. */
  async #copyChanged(): Promise<void> {
    const labels = [...this.#changed].sort((a, b) => a - b);
    for (let at = 0; at < labels.length; at += WINDOW_ITEMS) await this.#copy(labels.slice(at, at + WINDOW_ITEMS));
  }

  async #copy(labels: number[]): Promise<void> {
    let window: ItemSource[] = [];
    let bytes = 0;
    for (const label of labels) {
      this.options.signal.throwIfAborted();
      const source = await this.#read(label);
      if (!source) continue;
      window.push(source);
      bytes += source.picture?.bytes.length ?? 0;
      if (bytes < WINDOW_BYTES) continue;
      await this.#place(window);
      window = [];
      bytes = 0;
    }
    await this.#place(window);
  }

  /** What stands under a label now, so that only later changes have to be followed; undefined where the item is gone from both. */
  async #read(label: number): Promise<ItemSource | undefined> {
    this.#changed.delete(label);
    const record = this.from.at(label);
    if (record) return { label, record, picture: this.from.pictureAt(label) };
    const copied = this.to.at(label);
    if (copied) await this.to.delete(copied.id);
    return undefined;
  }

  async #place(window: ItemSource[]): Promise<void> {
    if (window.length === 0) return;
    const sides = await this.options.encode(window);
    await this.to.place(window.map((source, index) => placed(source, sides[index]!)));
  }

  /** Waits until the graphs have taken in the vectors: the one that takes over should not be slower at first. */
  async #indexed(): Promise<void> {
    for (;;) {
      const { image, text } = await this.to.stats();
      if (image.pending + text.pending === 0) return;
      this.options.signal.throwIfAborted();
      await new Promise((resolve) => setTimeout(resolve, INDEX_POLL_MS));
    }
  }
}

function placed({ label, record, picture }: ItemSource, { image, text }: NewSides): PlacedItem {
  const { id, caption, metadata, createdAt, updatedAt } = record;
  return {
    ...{ label, id, createdAt, updatedAt },
    ...(caption === undefined ? {} : { caption }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(picture ? { picture } : {}),
    ...(image ? { image } : {}),
    ...(text ? { text } : {}),
  };
}
