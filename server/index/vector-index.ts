// The one interface that collections know a vector index by; what stands behind it here is a worker thread with HNSW graphs.
import type { Hits, IndexSettings, IndexStats } from './live-index.js';

export type { Hits, IndexSettings, IndexStats };

/** Vectors to add or replace: `vectors` is [labels, E], and is handed over to the index. */
export interface LabelledVectors {
  labels: number[];
  vectors: Float32Array<ArrayBuffer>;
}

/** What the durable store holds, page by page in label order; `sequences` says with which change each vector was written. */
export interface VectorPage extends LabelledVectors {
  sequences: number[];
}

export interface VectorSource {
  /** Pages after the label `after`, none of them empty. */
  page(after: number): VectorPage | undefined;
  /** Number of the last change in the store. */
  sequence(): number;
}

export interface IndexSpec {
  /** Unique among the open indexes; names its cache files too. */
  name: string;
  /** What the vectors are: collection, side and model. A cache file of another source is not used. */
  source: string;
  dimension: number;
}

export interface NearestQuery {
  /** [E], any norm but zero. */
  vector: Float32Array;
  k: number;
  efSearch?: number;
  /** Labels that may be answered; all if absent. */
  allowed?: Float64Array<ArrayBuffer>;
}

export interface VectorIndex {
  /**
   * Removes, then adds or replaces. Changes come in the order of their sequence numbers; resolves once searchable, or at once where the host
   * is lost: the store has them, and the next start fills the index from that.
   */
  apply(remove: number[], add: LabelledVectors, sequence: number): Promise<void>;
  /** The k nearest by cosine, exactly ordered and scored. Throws an IndexLostError where the host is lost. */
  nearest(query: NearestQuery): Promise<Hits>;
  stats(): Promise<IndexStats>;
  /** Forgets the vectors and the cache files. */
  drop(): Promise<void>;
}

/** `recovering`: what ended is being replaced, and requests wait for it; `lost`: it has been given up. */
export type IndexState = 'ready' | 'recovering' | 'lost';

export interface IndexHost {
  readonly state: IndexState;
  /** Fills an index from the store, with the graph from its cache file where that can be trusted. */
  open(spec: IndexSpec, source: VectorSource): Promise<VectorIndex>;
  /** Saves the graphs and stops. */
  close(): Promise<void>;
}
