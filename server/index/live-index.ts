import { expect } from '../../model/errors.js';
import { GraphCover } from './graph-cover.js';
import { HnswGraph, type HnswSettings } from './hnsw-graph.js';
import { TopK } from './top-k.js';
import { normalised, normalisedRows, VectorTable } from './vector-table.js';

export interface IndexSettings extends HnswSettings {
  /** Candidates weighed per search that asks for no other number; never fewer than 2k. */
  efSearch: number;
  /** Up to this many vectors are scanned, which is exact and as fast. */
  exactLimit: number;
  /** Numbers multiplied in a filtered scan that is still quicker than asking the graph for many more candidates. */
  scannedNumbers: number;
  /** Share of dead nodes past which the graph is built anew. */
  deadShare: number;
}

export const DEFAULT_INDEX_SETTINGS: IndexSettings = {
  M: 16,
  efConstruction: 200,
  // On 100,000 vectors (see `bench index`) recall@10 is 0.99 at 32 and 1.000 at 64: the rest is for data less kind.
  efSearch: 128,
  exactLimit: 5_000,
  // About 15 ms.
  scannedNumbers: 1.6e7,
  deadShare: 0.3,
};

export interface Hits {
  labels: number[];
  /** Cosines in [-1, 1], falling; equal ones in label order. */
  scores: number[];
}

export interface IndexStats {
  vectors: number;
  /** Vectors that no graph covers yet; they are scanned. */
  pending: number;
  /** Vectors in the graph that were not yet searched for; see {@link GraphCover}. */
  unchecked: number;
  /** Vectors that no search of the graph comes upon; they are scanned. */
  stranded: number;
  deadShare: number;
  rebuilding: boolean;
}

/** Beyond this many candidates a scan of what the filter allows is no slower than the graph. */
const MOST_CANDIDATES = 2_048;
/** The last of k found are right as often as the first only where more candidates are weighed. */
const CANDIDATES_PER_RESULT = 2;

/**
 * One vector index. Every change is searchable at once: what the graph doesn't cover yet is scanned exactly, and `step` moves it into
 * the graph bit by bit. Past a share of dead nodes a second graph is built the same way beside the first and then takes its place.
 */
export class LiveIndex {
  readonly table: VectorTable;
  /** Number of the last change applied. */
  sequence = 0;
  /** Vectors that the graph took in or lost since it was last saved. */
  changesSinceSave = 0;
  #current: GraphCover | undefined;
  #rebuild: GraphCover | undefined;

  constructor(
    dimension: number,
    readonly settings: IndexSettings,
  ) {
    this.table = new VectorTable(dimension);
  }

  get graph(): HnswGraph | undefined {
    return this.#current?.graph;
  }

  get busy(): boolean {
    return (this.#rebuild ?? this.#current)?.busy ?? false;
  }

  /** Takes over a saved graph after the table was filled; labels that it lacks are pending. */
  adopt(graph: HnswGraph): void {
    const missing = [...this.table.labels()].filter((label) => !graph.has(label));
    this.#current = new GraphCover(graph, missing);
    this.#tend();
  }

  /** Removes, then adds or replaces: `vectors` is [labels, E]. */
  apply(remove: number[], labels: number[], vectors: Float32Array, sequence: number): void {
    const units = normalisedRows(labels, vectors, this.table.dimension);
    for (const label of [...remove, ...labels]) this.#remove(label);
    for (const [i, label] of labels.entries()) {
      this.table.set(label, units[i]!);
      this.#current?.add(label);
      this.#rebuild?.add(label);
    }
    this.sequence = sequence;
    this.#tend();
  }

  /** The k labels with the highest cosine to `query` [E], among `allowed` ones if given. */
  nearest(query: Float32Array, k: number, efSearch?: number, allowed?: Float64Array): Hits {
    const { dimension } = this.table;
    expect(query.length === dimension, 'query vector', `${dimension} numbers`, query.length);
    const unit = normalised(query, 'query vector');
    const best = new TopK(Math.min(k, this.table.size));
    if (best.k === 0) return { labels: [], scores: [] };
    const covered = this.#current;
    if (allowed) this.#filtered(unit, best, allowed, covered, efSearch);
    else if (!covered) this.table.scanAll(unit, best);
    else {
      this.table.scan(unit, this.#search(covered, unit, best.k, efSearch), best);
      this.table.scan(unit, covered.apart, best);
    }
    return best.sorted();
  }

  /** Moves pending vectors into the graph, and checks that they are found there, for about `milliseconds`. */
  step(milliseconds: number): void {
    const until = performance.now() + milliseconds;
    while (this.busy && performance.now() < until) {
      const work = (this.#rebuild ?? this.#current)!;
      if (work.advance(this.table, this.settings.efSearch)) this.changesSinceSave++;
      if (this.#rebuild?.pending === 0) {
        this.#current = this.#rebuild;
        this.#rebuild = undefined;
        // What died while it was built may already be reason for the next one.
        this.#tend();
      }
    }
  }

  stats(): IndexStats {
    return {
      vectors: this.table.size,
      pending: this.#current?.pending ?? 0,
      unchecked: this.#current?.unchecked ?? 0,
      stranded: this.#current?.stranded ?? 0,
      deadShare: this.#current?.deadShare ?? 0,
      rebuilding: this.#rebuild !== undefined,
    };
  }

  #remove(label: number): void {
    this.table.delete(label);
    if (this.graph?.has(label)) this.changesSinceSave++;
    this.#current?.remove(label);
    this.#rebuild?.remove(label);
  }

  /** Starts, renews or drops the graph as the number of vectors and dead nodes asks for. */
  #tend(): void {
    const { exactLimit, deadShare } = this.settings;
    if (this.table.size <= exactLimit / 2) {
      this.#current = undefined;
      this.#rebuild = undefined;
    } else if (!this.#current) {
      if (this.table.size > exactLimit) this.#current = this.#fresh();
    } else if (!this.#rebuild && this.#current.deadShare > deadShare) this.#rebuild = this.#fresh();
  }

  #fresh(): GraphCover {
    return new GraphCover(HnswGraph.create(this.table.dimension, this.settings), this.table.labels());
  }

  #search({ graph }: GraphCover, unit: Float32Array, count: number, efSearch?: number): number[] {
    return graph.search(unit, count, efSearch ?? Math.max(this.settings.efSearch, CANDIDATES_PER_RESULT * count));
  }

  #filtered(unit: Float32Array, best: TopK, allowed: Float64Array, covered: GraphCover | undefined, ef?: number): void {
    const isSmall = allowed.length * this.table.dimension <= this.settings.scannedNumbers;
    const found = covered && !isSmall ? this.#candidates(unit, best.k, allowed, covered, ef) : undefined;
    this.table.scan(unit, found ?? allowed, best);
  }

  /** Asks the graph for more and more until k of its answers pass the filter; undefined where scanning them all is no slower. */
  #candidates(
    unit: Float32Array,
    k: number,
    allowed: Float64Array,
    covered: GraphCover,
    ef?: number,
  ): number[] | undefined {
    const passes = new Set(allowed);
    const share = allowed.length / this.table.size;
    for (let count = Math.ceil((1.5 * k) / share) + 16; count <= MOST_CANDIDATES; count *= 2) {
      const found = this.#search(covered, unit, count, ef).filter((label) => passes.has(label));
      if (found.length >= k) return [...found, ...covered.apart.filter((label) => passes.has(label))];
    }
    return undefined;
  }
}
