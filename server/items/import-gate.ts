import { OverloadedError } from '../inference/errors.js';

/** Bounds how many imports run at the same time: each holds the pictures it is working on. */
export class ImportGate {
  #running = 0;

  constructor(readonly most: number) {}

  get running(): number {
    return this.#running;
  }

  /** @throws OverloadedError when as many imports run as may. */
  async pass<Result>(importing: () => Promise<Result>): Promise<Result> {
    if (this.#running >= this.most) throw new OverloadedError('imports', 1);
    this.#running++;
    try {
      return await importing();
    } finally {
      this.#running--;
    }
  }
}
