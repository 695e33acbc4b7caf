import { AbortedError, DeadlineError } from '../inference/errors.js';

/** The time that a request has: its signal is aborted when that is over, or when nobody waits for the answer any more. */
export class Expiry {
  readonly #controller = new AbortController();
  #at = Number.POSITIVE_INFINITY;
  #timer?: NodeJS.Timeout;

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** From now on there is no longer than this, where it is a number. */
  after(milliseconds: number | undefined): void {
    if (milliseconds === undefined) return;
    const at = performance.now() + milliseconds;
    if (at >= this.#at) return;
    this.#at = at;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#controller.abort(new DeadlineError(milliseconds)), milliseconds);
  }

  /** The client is gone. */
  leave(): void {
    this.#controller.abort(new AbortedError('the client left'));
  }

  /** The answer is there: time no longer counts. */
  end(): void {
    clearTimeout(this.#timer);
  }
}
