import type { WorkResult } from './scheduler.js';

/** What asks for an answer: a person who waits, or a bulk import. */
export type Priority = 'interactive' | 'import';

export interface WorkOptions {
  priority?: Priority;
  /** Work that has not started is dropped once this is aborted. */
  signal?: AbortSignal;
}

/** Some inputs of one graph that run together and are answered together. */
export interface Work {
  inputs: readonly unknown[];
  priority: Priority;
  enqueuedAt: number;
  resolve(result: WorkResult): void;
  reject(error: Error): void;
}

/**
 * An import gives way to people, but only so long: its work counts as this many milliseconds younger than it is. So neither an
 * import nor a flood of searches can starve the other.
 */
const IMPORT_HANDICAP_MS = 1000;

const dueAt = (work: Work): number => work.enqueuedAt + (work.priority === 'import' ? IMPORT_HANDICAP_MS : 0);

/** What waits for one graph: first in, first out for each of the two priorities. */
export class WorkQueue {
  readonly #waiting: Record<Priority, Work[]> = { interactive: [], import: [] };
  readonly #sizes: Record<Priority, number> = { interactive: 0, import: 0 };

  /** Number of inputs that wait. */
  get size(): number {
    return this.#sizes.interactive + this.#sizes.import;
  }

  sizeOf(priority: Priority): number {
    return this.#sizes[priority];
  }

  /** When the most urgent work is due; infinity when nothing waits. */
  get due(): number {
    const head = this.#head();
    return head ? dueAt(head) : Number.POSITIVE_INFINITY;
  }

  /** When the oldest work came; infinity when nothing waits. */
  get oldest(): number {
    const heads = Object.values(this.#waiting).map(([head]) => head?.enqueuedAt ?? Number.POSITIVE_INFINITY);
    return Math.min(...heads);
  }

  add(work: Work): void {
    this.#waiting[work.priority].push(work);
    this.#sizes[work.priority] += work.inputs.length;
  }

  /** Takes out one work that has not started; false if it is not here any more. */
  remove(work: Work): boolean {
    const waiting = this.#waiting[work.priority];
    const at = waiting.indexOf(work);
    if (at < 0) return false;
    waiting.splice(at, 1);
    this.#sizes[work.priority] -= work.inputs.length;
    return true;
  }

  /** Takes the most urgent works that together have at most `limit` inputs, and at least one work. */
  take(limit: number): Work[] {
    const batch: Work[] = [];
    let size = 0;
    for (let head = this.#head(); head; head = this.#head()) {
      if (batch.length > 0 && size + head.inputs.length > limit) break;
      this.remove(head);
      batch.push(head);
      size += head.inputs.length;
    }
    return batch;
  }

  #head(): Work | undefined {
    const person = this.#waiting.interactive[0];
    const bulk = this.#waiting.import[0];
    if (!person || !bulk) return person ?? bulk;
    return dueAt(person) <= dueAt(bulk) ? person : bulk;
  }
}
