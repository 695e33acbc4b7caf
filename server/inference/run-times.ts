/** What bounds a batch. */
export interface BatchBounds {
  batchSize: number;
  batchTargetMs: number;
}

/** Inputs of a batch of which nothing is known. */
const FIRST_LIMIT = 4;

/** Weight of the newest batch in the running mean of the time per input. */
const MEAN_WEIGHT = 0.2;

/** How long the inputs of each graph take, as its batches have shown, and how many of them one batch should have. */
export class RunTimes {
  readonly #msPerInput = new Map<string, number>();
  readonly #limits = new Map<string, number>();

  constructor(readonly bounds: BatchBounds) {}

  /** How many inputs one batch of this graph should have at most. */
  batchLimit(queue: string): number {
    return Math.min(this.#limits.get(queue) ?? FIRST_LIMIT, this.bounds.batchSize);
  }

  /** About how long so many inputs of this graph will take. */
  expectedMs(queue: string, inputs: number): number {
    return inputs * (this.#msPerInput.get(queue) ?? 1);
  }

  /** Takes in a batch that ran. */
  learn(queue: string, size: number, ms: number): void {
    const mean = this.#msPerInput.get(queue) ?? ms / size;
    this.#msPerInput.set(queue, mean + MEAN_WEIGHT * (ms / size - mean));
    const { batchTargetMs } = this.bounds;
    const known = this.#limits.get(queue);
    // As many as fit if every input takes the same. Much of a run may be the same for any number of them: one that kept to its time
    // shows that one more might.
    const fitting = Math.max(1, Math.floor((size * batchTargetMs) / ms));
    const isLate = ms > batchTargetMs;
    this.#limits.set(queue, isLate ? Math.min(known ?? fitting, fitting) : Math.max(known ?? 0, fitting, size + 1));
  }
}
