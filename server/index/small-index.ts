import { TopK } from './top-k.js';
import type { Hits, IndexStats, LabelledVectors, NearestQuery, VectorIndex, VectorSource } from './vector-index.js';
import { normalised, normalisedRows, VectorTable } from './vector-table.js';

/** Numbers that are scanned in about 0.2 ms: as long as it takes this thread to ask another one and to hear its answer. */
const MOST_NUMBERS = 2 ** 18;

/**
 * An index that answers in the caller's thread while it is small: waking another thread takes several times as long as the scan. All
 * changes go on to the index behind it, which answers from when it is larger until it is opened anew.
 */
export class SmallIndex implements VectorIndex {
  #table: VectorTable | undefined;

  /** `behind` was filled from the same source, and has E = `dimension`. */
  constructor(
    readonly behind: VectorIndex,
    dimension: number,
    source: VectorSource,
  ) {
    this.#table = new VectorTable(dimension);
    for (let page = source.page(0); page && this.#table; page = source.page(page.labels.at(-1)!)) this.#take([], page);
  }

  async apply(remove: number[], add: LabelledVectors, sequence: number): Promise<void> {
    this.#take(remove, add);
    await this.behind.apply(remove, add, sequence);
  }

  async nearest(query: NearestQuery): Promise<Hits> {
    const table = this.#table;
    if (!table) return this.behind.nearest(query);
    const { vector, k, allowed } = query;
    const best = new TopK(Math.min(k, table.size));
    if (best.k === 0) return { labels: [], scores: [] };
    const unit = normalised(vector, 'query vector');
    if (allowed) table.scan(unit, allowed, best);
    else table.scanAll(unit, best);
    return best.sorted();
  }

  stats(): Promise<IndexStats> {
    return this.behind.stats();
  }

  drop(): Promise<void> {
    this.#table = undefined;
    return this.behind.drop();
  }

  #take(remove: number[], { labels, vectors }: LabelledVectors): void {
    const table = this.#table;
    if (!table) return;
    for (const label of remove) table.delete(label);
    for (const [i, unit] of normalisedRows(labels, vectors, table.dimension).entries()) table.set(labels[i]!, unit);
    if (table.size * table.dimension > MOST_NUMBERS) this.#table = undefined;
  }
}
