import type { Response } from 'express';
import { Problem, problemFrom } from '../http/problems.js';
import type { ItemResult } from './import-items.js';

/** Failures that are kept back while nothing but failures has come: the status of the answer depends on what follows. */
const MOST_HELD = 10_000;

/**
 * Writes `{results: [...]}` piece by piece as the results come, so that an import of any length takes little memory. If every item
 * failed, `end` throws the first one's error instead.
 *
 * It does not wait for the client to read: many clients read nothing before they have sent everything, and both would wait for ever.
 */
export class ResultWriter {
  #held: ItemResult[] = [];
  #started = false;

  constructor(readonly response: Response) {}

  add(result: ItemResult): void {
    if (this.#started) {
      this.response.write(`,${JSON.stringify(result)}`);
      return;
    }
    this.#held.push(result);
    if (result.status !== 'error' || this.#held.length > MOST_HELD) this.#start();
  }

  /** @throws Problem when there was no item, or none without an error. */
  end(): void {
    const [first] = this.#held;
    if (!this.#started && !first) throw new Problem('bad-request', 'expected at least one item, got none');
    if (!this.#started) throw problemFrom(first!.error!);
    this.response.end(']}');
  }

  #start(): void {
    this.#started = true;
    this.response.status(200).type('application/json');
    this.response.write(`{"results":[${this.#held.map((result) => JSON.stringify(result)).join()}`);
    this.#held = [];
  }
}
