import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Collection, NearestOptions } from '../collections/collection.js';
import { type Collections, openCollections } from '../collections/collections.js';
import type { StoredItem } from '../collections/stored-item.js';
import type { IndexStats } from '../index/live-index.js';
import { TopK } from '../index/top-k.js';
import { normalised, VectorTable } from '../index/vector-table.js';

const NAME = 'bench';
const ITEMS_PER_PUT = 1_000;
const DELETES_AT_ONCE = 256;
const NO_TOKENS = { tokens: new Uint16Array(), rows: 0 };

/** Removes the folder, at the latest when a signal ends the process. */
function removeAtTheEnd(dir: string): () => void {
  const remove = () => rmSync(dir, { recursive: true, force: true });
  const interrupt = (signal: NodeJS.Signals) => {
    remove();
    // Heard once: now it ends the process. An exit would wait for the worker and could fail in the midst of a call of hnswlib.
    process.kill(process.pid, signal);
  };
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.once(signal, interrupt);
  return () => {
    for (const signal of signals) process.off(signal, interrupt);
    remove();
  };
}

/** A collection of the server in a folder of its own, and beside it the same unit vectors for the exact answer; items are numbers. */
export class BenchCollection {
  readonly #vectors: VectorTable;

  private constructor(
    readonly collections: Collections,
    readonly groups: number,
    dimension: number,
    readonly remove: () => void,
  ) {
    this.#vectors = new VectorTable(dimension);
  }

  /** An empty collection with the server's default settings; item i belongs to the group i modulo `groups`. */
  static async open(dimension: number, groups: number): Promise<BenchCollection> {
    const dir = await mkdtemp(join(tmpdir(), 'maskvlm-bench-'));
    const remove = removeAtTheEnd(dir);
    const onWarning = (warning: string) => process.stderr.write(`${warning}\n`);
    const collections = await openCollections(dir, { onWarning });
    await collections.create(NAME, { model: NAME, modelId: NAME, embeddingSize: dimension });
    return new BenchCollection(collections, groups, dimension, remove);
  }

  get #collection(): Collection {
    return this.collections.get(NAME);
  }

  /** The items there are. */
  items(): number[] {
    return [...this.#vectors.labels()];
  }

  /** The unit vector [E] of an item. */
  vector(item: number): Float32Array {
    return this.#vectors.get(item)!;
  }

  /** Adds or replaces items by the directions of drawn vectors; resolves once they are durable and searchable. */
  async put(items: number[], draw: () => Float32Array): Promise<void> {
    for (let at = 0; at < items.length; at += ITEMS_PER_PUT) {
      const stored = items.slice(at, at + ITEMS_PER_PUT).map((item): StoredItem => {
        const embedding = draw();
        this.#vectors.set(item, normalised(embedding, `item ${item}`));
        return { id: String(item), metadata: { group: item % this.groups }, image: { embedding, ...NO_TOKENS } };
      });
      await this.#collection.put(stored);
    }
  }

  /** Resolves once the items are gone for good. */
  async delete(items: number[]): Promise<void> {
    for (let at = 0; at < items.length; at += DELETES_AT_ONCE) {
      const gone = items.slice(at, at + DELETES_AT_ONCE);
      for (const item of gone) this.#vectors.delete(item);
      await Promise.all(gone.map((item) => this.#collection.delete(String(item))));
    }
  }

  async stats(): Promise<IndexStats> {
    return (await this.#collection.stats()).image;
  }

  /** Resolves once the graph covers everything, checked, and is not being built anew; tells `onWait` now and then how far it is. */
  async settled(onWait: (stats: IndexStats) => void): Promise<void> {
    for (let wait = 0; ; wait++) {
      const stats = await this.stats();
      if (stats.pending + stats.unchecked === 0 && !stats.rebuilding) return;
      if (wait % 500 === 0) onWait(stats);
      await setTimeout(20);
    }
  }

  /** The k nearest items as the server finds them, and the milliseconds it took. */
  async search(query: Float32Array, k: number, filter?: NearestOptions['filter']) {
    const collection = this.#collection;
    const started = performance.now();
    const hits = await collection.nearest({ target: 'image', embedding: query, k, ...(filter ? { filter } : {}) });
    const ms = performance.now() - started;
    return { items: hits.map(({ label }) => Number(collection.at(label)!.id)), ms };
  }

  /** The items of one group. */
  inGroup(group: number): number[] {
    return this.items().filter((item) => item % this.groups === group);
  }

  /** The k nearest items by a scan of all vectors, or of those given, and the milliseconds it took. */
  scan(query: Float32Array, k: number, candidates?: number[]) {
    const best = new TopK(k);
    const unit = normalised(query, 'query');
    const started = performance.now();
    if (candidates) this.#vectors.scan(unit, candidates, best);
    else this.#vectors.scanAll(unit, best);
    const ms = performance.now() - started;
    return { items: best.sorted().labels, ms };
  }

  /** Closes it and removes its folder. */
  async close(): Promise<void> {
    await this.collections.close();
    this.remove();
  }
}
