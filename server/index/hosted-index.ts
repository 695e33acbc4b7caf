import { join } from 'node:path';
import { loadSnapshot, removeSnapshot, type SnapshotIdentity, saveSnapshot } from './graph-snapshot.js';
import { type IndexSettings, LiveIndex } from './live-index.js';
import { normalisedRows } from './vector-table.js';

const SAVE_AFTER_CHANGES = 10_000;
const SAVE_AFTER_SHARE = 0.25;

/** A LiveIndex with its cache file. */
export class HostedIndex {
  readonly live: LiveIndex;
  readonly #identity: SnapshotIdentity;
  readonly #path: string;
  /** Only between opening and ready: with which change each vector was written. */
  #writtenAt = new Map<number, number>();
  #saving: Promise<void> | undefined;
  /** The last attempt failed: the next one is made when as much has changed again, or at the end. */
  #failed = false;
  #dropped = false;

  constructor(
    dir: string,
    name: string,
    source: string,
    dimension: number,
    settings: IndexSettings,
    readonly warn: (warning: string) => void,
  ) {
    this.live = new LiveIndex(dimension, settings);
    this.#identity = { source, dimension, M: settings.M, efConstruction: settings.efConstruction };
    this.#path = join(dir, name);
  }

  /** Takes in a page of what the store holds. */
  fill(labels: number[], sequences: number[], vectors: Float32Array): void {
    const { table } = this.live;
    for (const [i, unit] of normalisedRows(labels, vectors, table.dimension).entries()) {
      table.set(labels[i]!, unit);
      this.#writtenAt.set(labels[i]!, sequences[i]!);
    }
  }

  /** The store has nothing more: takes the saved graph if it can be trusted, otherwise starts one if it is worth it. */
  async ready(sequence: number): Promise<void> {
    const writtenAt = this.#writtenAt;
    this.#writtenAt = new Map();
    this.live.sequence = sequence;
    try {
      const graph = await loadSnapshot(this.#path, this.#identity, sequence, (label) => writtenAt.get(label));
      if (graph) return this.live.adopt(graph);
    } catch (error) {
      this.warn(`${(error as Error).message}; the index is built from the store`);
      await removeSnapshot(this.#path).catch((cause: Error) => this.warn(`${cause.message}; the index file stays`));
    }
    this.live.apply([], [], new Float32Array(), sequence);
  }

  /** True where enough has changed, and nothing else is to do, to save the graph while searches go on. */
  get wantsSaving(): boolean {
    const { graph, busy, changesSinceSave } = this.live;
    if (!graph || busy || this.#saving || this.#dropped) return false;
    return changesSinceSave >= Math.max(SAVE_AFTER_CHANGES, SAVE_AFTER_SHARE * graph.nodes);
  }

  /** Saves the graph if the file is older; a failure only warns, because the store has everything. */
  async save(): Promise<void> {
    await this.#saving;
    const { graph, changesSinceSave, sequence } = this.live;
    if (!graph || graph.nodes === 0 || (changesSinceSave === 0 && !this.#failed) || this.#dropped) return;
    this.live.changesSinceSave = 0;
    this.#failed = false;
    this.#saving = saveSnapshot(this.#path, this.#identity, graph, sequence).catch((error: Error) => {
      this.#failed = true;
      this.warn(`${error.message}; the index file was not written`);
    });
    await this.#saving;
    this.#saving = undefined;
  }

  /** Removes the cache file for good. */
  async drop(): Promise<void> {
    this.#dropped = true;
    await this.#saving;
    await removeSnapshot(this.#path);
  }
}
