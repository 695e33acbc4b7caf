// Fills a collection that takes another one's place with that one's items, while those go on changing.
import { ITEM_WINDOW, windows } from '../windows.js';
import type { Collection } from './collection.js';
import type { ItemRecord, PlacedItem, StoredPicture, StoredSide } from './stored-item.js';

/** An item that is to be encoded anew. */
export interface ItemSource {
  label: number;
  record: ItemRecord;
  picture?: StoredPicture;
}

/** What came of it: its sides, of which one is missing where it could not be encoded. */
export interface NewSides {
  image?: StoredSide;
  text?: StoredSide;
}

export interface CopyOptions {
  /** Encodes some items, in their order. */
  encode(items: ItemSource[]): Promise<NewSides[]>;
  /** Told of so many items copied for the first time. */
  onCopied(count: number): Promise<void>;
  signal: AbortSignal;
}

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
    for (let labels = from.labelsAfter(0, ITEM_WINDOW.items); labels.length > 0; ) {
      await this.#copy(labels);
      await this.options.onCopied(labels.length);
      labels = from.labelsAfter(labels.at(-1)!, ITEM_WINDOW.items);
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
    await this.#copy([...this.#changed].sort((a, b) => a - b));
  }

  async #copy(labels: number[]): Promise<void> {
    const pictureBytes = ({ picture }: ItemSource): number => picture?.bytes.length ?? 0;
    for await (const window of windows(this.#sources(labels), pictureBytes, ITEM_WINDOW)) await this.#place(window);
  }

  async *#sources(labels: number[]): AsyncGenerator<ItemSource> {
    for (const label of labels) {
      this.options.signal.throwIfAborted();
      const source = await this.#read(label);
      if (source) yield source;
    }
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
