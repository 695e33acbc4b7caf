import type { Mutation } from './plan-changes.js';

/** Mutations that came while the last ones were written go together into the next transaction: many share one flush of the disk. */
const MOST_MUTATIONS = 256;
const MOST_ITEMS = 1_000;

interface Waiting<Result> {
  mutation: Mutation;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
}

/** Runs mutations strictly one group after another, in the order they were handed in. */
export class MutationQueue<Result> {
  #waiting: Waiting<Result>[] = [];
  #between: (() => Promise<void>)[] = [];
  #running: Promise<void> | undefined;

  /** `write` makes a group durable and searchable, and gives one result per mutation, or fails them all. */
  constructor(readonly write: (mutations: Mutation[]) => Promise<Result[]>) {}

  /** Resolves once the mutation is durable and searchable. */
  add(mutation: Mutation): Promise<Result> {
    const done = new Promise<Result>((resolve, reject) => {
      this.#waiting.push({ mutation, resolve, reject });
    });
    this.#running ??= this.#run();
    return done;
  }

  /** Runs an action while nothing is written; what is handed in meanwhile waits. */
  between<T>(action: () => Promise<T>): Promise<T> {
    const done = new Promise<T>((resolve, reject) => {
      this.#between.push(() => action().then(resolve, reject));
    });
    this.#running ??= this.#run();
    return done;
  }

  /** Resolves once nothing is waiting or running. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running;
  }

  async #run(): Promise<void> {
    // One turn later, so that what is handed in together is written together.
    await Promise.resolve();
    while (this.#waiting.length > 0 || this.#between.length > 0) {
      for (const action of this.#between.splice(0)) await action();
      if (this.#waiting.length === 0) continue;
      const group = this.#takeGroup();
      try {
        const results = await this.write(group.map(({ mutation }) => mutation));
        for (const [i, { resolve }] of group.entries()) resolve(results[i]!);
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    // Here and not a turn later: what is handed in from then on must start a new run.
    this.#running = undefined;
  }

  #takeGroup(): Waiting<Result>[] {
    let items = 0;
    let count = 0;
    for (const { mutation } of this.#waiting.slice(0, MOST_MUTATIONS)) {
      items += 'items' in mutation ? mutation.items.length : 1;
      if (count > 0 && items > MOST_ITEMS) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }
}
