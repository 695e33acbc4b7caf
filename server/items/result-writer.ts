import { once } from 'node:events';
import type { Response } from 'express';
import { Problem, problemFrom } from '../http/problems.js';
import type { ItemResult } from './import-items.js';

/** Failures that are kept back while nothing but failures has come: the status of the answer depends on what follows. */
const MOST_HELD = 10_000;

/**
 * Bytes of an answer that may wait to be read. Many clients read nothing before they have sent everything: they get as far as this, which is
 * some 100,000 items. Then nothing more is read of them until they read, too.
 */
const MOST_UNREAD = 16 * 2 ** 20;

/**
 * Writes `{results: [...]}` piece by piece as the results come, so that an import of any length takes little memory. If every item
 * failed, `end` throws the first one's error instead.
 */
export class ResultWriter {
  #held: ItemResult[] = [];
  #started = false;

  /** Who reads nothing for `stalledMs` while there is no room for more is left. */
  constructor(
    readonly response: Response,
    readonly stalledMs: number,
  ) {}

  /** Resolves when there is room for the next one, or nobody waits for it any more. */
  async add(result: ItemResult): Promise<void> {
    this.#write(result);
    const { response, stalledMs } = this;
    if (response.writableLength <= MOST_UNREAD || response.destroyed) return;
    const over = new AbortController();
    // Node destroys the connection then, and takes every byte that is read for a sign of life.
    response.socket?.setTimeout(stalledMs);
    await Promise.race(['drain', 'close'].map((event) => once(response, event, { signal: over.signal })));
    response.socket?.setTimeout(0);
    over.abort();
  }

  /** @throws Problem when there was no item, or none without an error. */
  end(): void {
    const [first] = this.#held;
    if (!this.#started && !first) throw new Problem('bad-request', 'expected at least one item, got none');
    if (!this.#started) throw problemFrom(first!.error!);
    this.response.end(']}');
  }

  #write(result: ItemResult): void {
    if (this.#started) {
      this.response.write(`,${JSON.stringify(result)}`);
      return;
    }
    this.#held.push(result);
    if (result.status !== 'error' || this.#held.length > MOST_HELD) this.#start();
  }

  #start(): void {
    this.#started = true;
    this.response.status(200).type('application/json');
    this.response.write(`{"results":[${this.#held.map((result) => JSON.stringify(result)).join()}`);
    this.#held = [];
  }
}
