import type { ItemReader } from '../store/item-reader.js';
import type { Metadata } from './stored-item.js';

const ROWS_PER_TURN = 1_000;
const CHECKS_PER_TURN = 10_000;
const NO_METADATA: Metadata = {};

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

/**
 * The metadata of a collection's items by label, read from the store the first time that a filter asks and kept current from then on:
 * collections that are never filtered cost no memory. Long work is cut up so that other requests get their turn.
 */
export class MetadataCache {
  readonly #metadata = new Map<number, Metadata>();
  #loaded: Promise<void> | undefined;

  constructor(readonly rows: ItemReader) {}

  /** Follows a committed change; undefined means that the item is gone. */
  update(changes: Map<number, Metadata | undefined>): void {
    if (!this.#loaded) return;
    for (const [label, metadata] of changes) {
      if (metadata) this.#metadata.set(label, metadata);
      else this.#metadata.delete(label);
    }
  }

  /** Labels of the items whose metadata pass, {} standing for none. */
  async matching(filter: (metadata: Metadata) => boolean): Promise<Float64Array<ArrayBuffer>> {
    this.#loaded ??= this.#load().catch((error: unknown) => {
      this.#loaded = undefined;
      throw error;
    });
    await this.#loaded;
    const labels: number[] = [];
    let checked = 0;
    for (const [label, metadata] of this.#metadata) {
      if (filter(metadata)) labels.push(label);
      if (++checked % CHECKS_PER_TURN === 0) await nextTurn();
    }
    return Float64Array.from(labels);
  }

  /** Whether the item of a label passes now; only after {@link matching}, and false once it is gone. */
  passes(label: number, filter: (metadata: Metadata) => boolean): boolean {
    const metadata = this.#metadata.get(label);
    return metadata !== undefined && filter(metadata);
  }

  /** Each page is read from the newest state, so a change that comes between pages is either in a page or comes as an update. */
  async #load(): Promise<void> {
    for (let page = this.rows.rowsAfter(0, ROWS_PER_TURN); page.length > 0; ) {
      for (const { label, row } of page) this.#metadata.set(label, row.metadata ?? NO_METADATA);
      await nextTurn();
      page = this.rows.rowsAfter(page.at(-1)!.label, ROWS_PER_TURN);
    }
  }
}
