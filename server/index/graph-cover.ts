import type { HnswGraph } from './hnsw-graph.js';
import { RandomSet } from './random-set.js';
import type { VectorTable } from './vector-table.js';

/** What a search for a label's own vector asks for when it is checked; most are found at the first of these efSearch. */
const CHECK_COUNT = 10;
const CHECK_EF = 32;

/**
 * A graph and the labels that it doesn't lead to, which are scanned. Labels are taken in in random order: among pictures that came sorted,
 * as those of folders do, groups of near duplicates end up linked to themselves alone (10,000 vectors in 200 groups at a cosine of 0.998: one
 * in 50 was found by no search, none after a shuffle). What comes in bit by bit still comes sorted: so every label is searched for once by its
 * own vector, and scanned where that fails.
 */
export class GraphCover {
  readonly #pending: RandomSet;
  readonly #stranded = new Set<number>();
  /** In the graph, but not yet searched for. */
  readonly #unchecked: number[] = [];

  constructor(
    readonly graph: HnswGraph,
    pending: Iterable<number>,
  ) {
    this.#pending = new RandomSet(pending);
  }

  /** Labels to be taken in. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Labels in the graph still to be searched for. */
  get unchecked(): number {
    return this.#unchecked.length;
  }

  /** Labels that the graph had, but that no search came upon. */
  get stranded(): number {
    return this.#stranded.size;
  }

  /** Whether there is something that `advance` may do now. */
  get busy(): boolean {
    return this.pending + this.unchecked > 0 && !this.graph.saving;
  }

  /** The labels that a search of the graph can't answer. */
  get apart(): number[] {
    return [...this.#pending, ...this.#stranded];
  }

  /** Share of the nodes that are dead for another reason than that they were out of reach, which a new graph might not mend. */
  get deadShare(): number {
    const { nodes, deadNodes } = this.graph;
    return nodes > 0 ? Math.max(0, deadNodes - this.stranded) / nodes : 0;
  }

  /** Plans to take in a label that isn't there. */
  add(label: number): void {
    this.#pending.add(label);
  }

  remove(label: number): void {
    this.graph.remove(label);
    this.#pending.delete(label);
    this.#stranded.delete(label);
  }

  /** Takes one label in, or searches for one; true if the graph took one in. */
  advance(table: VectorTable, efSearch: number): boolean {
    const label = this.#pending.take();
    if (label === undefined) {
      this.#check(this.#unchecked.pop()!, table, efSearch);
      return false;
    }
    this.graph.add(label, table.get(label)!);
    this.#unchecked.push(label);
    return true;
  }

  #check(label: number, table: VectorTable, efSearch: number): void {
    if (!this.graph.has(label)) return;
    const unit = table.get(label)!;
    const finds = (ef: number) => this.graph.search(unit, CHECK_COUNT, ef).includes(label);
    if (finds(CHECK_EF) || finds(efSearch)) return;
    this.graph.remove(label);
    this.#stranded.add(label);
  }
}
