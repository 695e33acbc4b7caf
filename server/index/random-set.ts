import { createRng } from '../../model/random.js';

/** A set of labels from which any one can be taken in constant time; the same operations take the same labels. */
export class RandomSet {
  readonly #labels: number[] = [];
  readonly #placeOf = new Map<number, number>();
  readonly #random = createRng('order').next;

  constructor(labels: Iterable<number>) {
    for (const label of labels) this.add(label);
  }

  get size(): number {
    return this.#labels.length;
  }

  add(label: number): void {
    if (this.#placeOf.has(label)) return;
    this.#placeOf.set(label, this.#labels.length);
    this.#labels.push(label);
  }

  /** Removes a label if it is there. */
  delete(label: number): void {
    const place = this.#placeOf.get(label);
    if (place === undefined) return;
    this.#placeOf.delete(label);
    const last = this.#labels.pop()!;
    if (last === label) return;
    this.#labels[place] = last;
    this.#placeOf.set(last, place);
  }

  /** Removes and returns a label, each as likely as any other; undefined where there is none. */
  take(): number | undefined {
    const label = this.#labels[Math.floor(this.#random() * this.#labels.length)];
    if (label !== undefined) this.delete(label);
    return label;
  }

  [Symbol.iterator](): IterableIterator<number> {
    return this.#labels.values();
  }
}
