import type { HierarchicalNSW } from 'hnswlib-node';
import hnswlib from 'hnswlib-node';

export interface HnswSettings {
  /** Links per node and layer (twice as many on the bottom layer). */
  M: number;
  /** Candidates weighed when a node is linked: more is slower to build and finds better. */
  efConstruction: number;
}

/** Labels by node, [] where the node is dead: with the file of hnswlib, all that makes a graph again. */
export type NodeLabels = number[][];

/** Closer than this (1 - cosine) is the same vector but for rounding. */
const SAME_VECTOR = 1e-6;
const SAME_VECTOR_EF = 24;
const FIRST_CAPACITY = 8192;

/**
 * An HNSW graph over unit vectors. Nodes are only added or marked dead, never written over: updates in place cut live neighbours off.
 * Labels with the same vector share a node, because many equal vectors link to each other alone and become an island that no search
 * reaches. Everything that hnswlib gets was checked: it reads garbage or ends the process where an argument is wrong.
 */
export class HnswGraph {
  readonly #index: HierarchicalNSW;
  readonly #labelsOf: NodeLabels;
  readonly #nodeOf = new Map<number, number>();
  #capacity: number;
  #dead = 0;
  /** While the file is being written nothing may change underneath: nodes that died meanwhile, to be marked afterwards. */
  #diedWhileSaving: number[] | undefined;

  private constructor(index: HierarchicalNSW, labelsOf: NodeLabels) {
    this.#index = index;
    this.#labelsOf = labelsOf;
    this.#capacity = index.getMaxElements();
    labelsOf.forEach((labels, node) => {
      if (labels.length === 0) this.#dead++;
      for (const label of labels) this.#nodeOf.set(label, node);
    });
  }

  /** An empty graph for vectors of `dimension` numbers. */
  static create(dimension: number, settings: HnswSettings): HnswGraph {
    const index = new hnswlib.HierarchicalNSW('ip', dimension);
    index.initIndex(FIRST_CAPACITY, settings.M, settings.efConstruction);
    return new HnswGraph(index, []);
  }

  /** The graph in a file written by `save`; the caller has checked that the file is whole and which labels its nodes had. */
  static read(file: string, dimension: number, labelsOf: NodeLabels): HnswGraph | undefined {
    const index = new hnswlib.HierarchicalNSW('ip', dimension);
    index.readIndexSync(file);
    return index.getCurrentCount() === labelsOf.length ? new HnswGraph(index, labelsOf) : undefined;
  }

  get nodes(): number {
    return this.#labelsOf.length;
  }

  get deadNodes(): number {
    return this.#dead;
  }

  get saving(): boolean {
    return this.#diedWhileSaving !== undefined;
  }

  has(label: number): boolean {
    return this.#nodeOf.has(label);
  }

  labels(): IterableIterator<number> {
    return this.#nodeOf.keys();
  }

  /** Adds a label that isn't in the graph; not while `saving`. */
  add(label: number, unit: Float32Array): void {
    const point = Array.from(unit);
    const node = this.#sameVector(point) ?? this.#addNode(point);
    this.#labelsOf[node]!.push(label);
    this.#nodeOf.set(label, node);
  }

  /** Removes a label if it is there. */
  remove(label: number): void {
    const node = this.#nodeOf.get(label);
    if (node === undefined) return;
    this.#nodeOf.delete(label);
    const labels = this.#labelsOf[node]!;
    labels.splice(labels.indexOf(label), 1);
    if (labels.length > 0) return;
    this.#dead++;
    if (this.#diedWhileSaving) this.#diedWhileSaving.push(node);
    else this.#index.markDelete(node);
  }

  /** The labels of the `count` nodes that look nearest to the unit vector, weighing `efSearch` candidates. */
  search(unit: Float32Array, count: number, efSearch: number): number[] {
    const alive = this.nodes - this.#dead;
    if (alive === 0) return [];
    const point = Array.from(unit);
    const wanted = Math.min(count, alive);
    const all = alive + (this.#diedWhileSaving?.length ?? 0);
    // Nodes that died while the file is being written are not marked yet and take the places of others.
    for (let asked = wanted; ; asked = Math.min(2 * asked, all)) {
      this.#index.setEf(Math.min(Math.max(asked, efSearch), this.nodes));
      const { neighbors } = this.#index.searchKnn(point, asked);
      const living = neighbors.filter((node) => this.#labelsOf[node]!.length > 0);
      if (living.length >= wanted || asked === all || !this.saving) {
        return living.slice(0, wanted).flatMap((node) => this.#labelsOf[node]!);
      }
    }
  }

  /** Writes the file of hnswlib and returns the labels as they are in it. Searches and removals go on meanwhile. */
  async save(file: string): Promise<NodeLabels> {
    const labelsOf = this.#labelsOf.map((labels) => [...labels]);
    this.#diedWhileSaving = [];
    try {
      await this.#index.writeIndex(file);
    } finally {
      const died = this.#diedWhileSaving;
      this.#diedWhileSaving = undefined;
      for (const node of died) this.#index.markDelete(node);
    }
    return labelsOf;
  }

  #sameVector(point: number[]): number | undefined {
    if (this.nodes === this.#dead) return undefined;
    this.#index.setEf(SAME_VECTOR_EF);
    const { neighbors, distances } = this.#index.searchKnn(point, 1);
    return distances[0] !== undefined && distances[0] < SAME_VECTOR ? neighbors[0] : undefined;
  }

  #addNode(point: number[]): number {
    const node = this.#labelsOf.length;
    if (node === this.#capacity) {
      this.#capacity *= 2;
      this.#index.resizeIndex(this.#capacity);
    }
    this.#index.addPoint(point, node);
    this.#labelsOf.push([]);
    return node;
  }
}
