import { expect } from '../../model/errors.js';
import type { TopK } from './top-k.js';

const ROWS_PER_BLOCK = 1024;

/** The unit vectors in the directions of `vectors` [labels, E]; throws an ExpectationError naming the label of a bad one. */
export function normalisedRows(
  labels: number[],
  vectors: Float32Array,
  dimension: number,
): Float32Array<ArrayBuffer>[] {
  expect(
    vectors.length === labels.length * dimension,
    'vectors',
    `${labels.length} x ${dimension} numbers`,
    vectors.length,
  );
  return labels.map((label, i) =>
    normalised(vectors.subarray(i * dimension, (i + 1) * dimension), `vector of label ${label}`),
  );
}

/** The unit vector in the direction of `vector` [E]; throws an ExpectationError unless it is finite and not zero. */
export function normalised(vector: Float32Array, what: string): Float32Array<ArrayBuffer> {
  let sum = 0;
  for (const value of vector) sum += value * value;
  expect(sum > 0 && Number.isFinite(sum), what, 'finite numbers that are not all zero', `a squared norm of ${sum}`);
  const scale = 1 / Math.sqrt(sum);
  return vector.map((value) => value * scale) as Float32Array<ArrayBuffer>;
}

/** Four running sums let the additions overlap; the order of the sum is fixed, so that a score never depends on how it was found. */
function dot(a: Float32Array, start: number, b: Float32Array): number {
  const size = b.length;
  let sum0 = 0;
  let sum1 = 0;
  let sum2 = 0;
  let sum3 = 0;
  let i = 0;
  for (; i + 3 < size; i += 4) {
    sum0 += a[start + i]! * b[i]!;
    sum1 += a[start + i + 1]! * b[i + 1]!;
    sum2 += a[start + i + 2]! * b[i + 2]!;
    sum3 += a[start + i + 3]! * b[i + 3]!;
  }
  for (; i < size; i++) sum0 += a[start + i]! * b[i]!;
  return sum0 + sum1 + (sum2 + sum3);
}

/** The live unit vectors of one index by label: what every answer is scored with, however its candidates were found. */
export class VectorTable {
  readonly #blocks: Float32Array[] = [];
  readonly #rowOf = new Map<number, number>();
  readonly #free: number[] = [];

  constructor(readonly dimension: number) {}

  get size(): number {
    return this.#rowOf.size;
  }

  has(label: number): boolean {
    return this.#rowOf.has(label);
  }

  labels(): IterableIterator<number> {
    return this.#rowOf.keys();
  }

  /** Adds or replaces the unit vector [E] of a label. */
  set(label: number, unit: Float32Array): void {
    const row = this.#rowOf.get(label) ?? this.#free.pop() ?? this.#rowOf.size;
    this.#rowOf.set(label, row);
    const number = Math.floor(row / ROWS_PER_BLOCK);
    const block = this.#blocks[number] ?? new Float32Array(ROWS_PER_BLOCK * this.dimension);
    this.#blocks[number] = block;
    block.set(unit, (row % ROWS_PER_BLOCK) * this.dimension);
  }

  delete(label: number): void {
    const row = this.#rowOf.get(label);
    if (row === undefined) return;
    this.#rowOf.delete(label);
    this.#free.push(row);
  }

  /** The unit vector of a label [E], a view into the table. */
  get(label: number): Float32Array | undefined {
    const row = this.#rowOf.get(label);
    if (row === undefined) return undefined;
    const start = (row % ROWS_PER_BLOCK) * this.dimension;
    return this.#blocks[Math.floor(row / ROWS_PER_BLOCK)]!.subarray(start, start + this.dimension);
  }

  /** Offers `best` the cosine, in [-1, 1], of every given label that is in the table with the unit vector `query` [E]. */
  scan(query: Float32Array, labels: Iterable<number>, best: TopK): void {
    for (const label of labels) {
      const row = this.#rowOf.get(label);
      if (row !== undefined) best.offer(label, this.#cosine(row, query));
    }
  }

  /** The same for every label of the table. */
  scanAll(query: Float32Array, best: TopK): void {
    for (const [label, row] of this.#rowOf) best.offer(label, this.#cosine(row, query));
  }

  #cosine(row: number, query: Float32Array): number {
    const block = this.#blocks[Math.floor(row / ROWS_PER_BLOCK)]!;
    return Math.max(-1, Math.min(1, dot(block, (row % ROWS_PER_BLOCK) * this.dimension, query)));
  }
}
