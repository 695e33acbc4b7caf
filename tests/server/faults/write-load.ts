// Writes to a collection and searches it, in every way that the API has, until the server is gone; a ledger keeps what was acknowledged.
import { request } from 'node:http';
import { expect } from 'vitest';
import type { Rng } from '../../../model/random.js';
import { GONE, type Ledger } from '../../fixtures/ledger.js';
import { itemOf, requestOf, type SentItem, stateOf } from './sent-item.js';

export const COLLECTION = '/v1/collections/c';
const ITEMS = `${COLLECTION}/items`;
const WRITERS = 3;
const STREAMED_LINES = 60;
const JOB_LINES = 60;
/** Beyond this many items more are deleted than added. */
const ENOUGH = 150;

export interface LoadOptions {
  address: string;
  /** Part of the ids that are new in this round. */
  round: number;
  ledger: Ledger;
  rng: Rng;
  pictures: readonly string[];
}

export class WriteLoad {
  /** Changes that the server has acknowledged. */
  acknowledged = 0;
  /** The lines of the import that was begun as a job, and its id once that is known. */
  readonly imported: { id?: string; lines: { id?: string; state: string }[] } = { lines: [] };
  /** Ids that nobody works on. */
  readonly #free: string[];
  #made = 0;
  #isOver = false;

  constructor(readonly options: LoadOptions) {
    this.#free = [...options.ledger.possible].flatMap(([id, states]) => (states.has(GONE) ? [] : [id]));
  }

  /** Runs until {@link over} was called and the server is gone. Throws what the server answers wrongly. */
  async run(): Promise<void> {
    const writers = Array.from({ length: WRITERS }, () => this.#forever(() => this.#write()));
    const imports = [this.#unlessOver(() => this.#importByJob()), this.#unlessOver(() => this.#importLines())];
    await Promise.all([...writers, ...imports, this.#forever(() => this.#search())]);
  }

  /** From now on the server may be gone. */
  over(): void {
    this.#isOver = true;
  }

  async #forever(action: () => Promise<void>): Promise<void> {
    while (!this.#isOver) await this.#unlessOver(action);
  }

  async #unlessOver(action: () => Promise<void>): Promise<void> {
    await action().catch((error) => {
      if (!this.#isOver) throw error;
    });
  }

  async #send(method: string, path: string, body?: object): Promise<{ status: number; body: never }> {
    // A connection of its own for each: on a busy machine the server may just have closed one that is kept.
    const headers = { Connection: 'close', ...(body ? { 'Content-Type': 'application/json' } : {}) };
    const init = { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) };
    const response = await fetch(this.options.address + path, init);
    const text = await response.text();
    return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as never };
  }

  #newItem(): SentItem {
    const { rng, pictures } = this.options;
    const kind = rng.int(4);
    const version = ++this.#made;
    return {
      version,
      ...(kind !== 0 ? { caption: `a ball ${this.options.round} ${version}` } : {}),
      ...(kind !== 1 ? { picture: rng.int(pictures.length) } : {}),
    };
  }

  #newId = (prefix: string): string => `${prefix}${this.options.round}-${++this.#made}`;

  #take(): string | undefined {
    const { rng } = this.options;
    return this.#free.length > 5 ? this.#free.splice(rng.int(this.#free.length), 1)[0] : undefined;
  }

  /** An acknowledgement: the last change of the item ended in this state. */
  #done(id: string, state: string): void {
    this.options.ledger.done(id, state);
    if (state !== GONE) this.#free.push(id);
    this.acknowledged++;
  }

  async #write(): Promise<void> {
    const { rng } = this.options;
    const deleting = this.#free.length > ENOUGH ? 0.7 : 0.2;
    const id = rng.next() < 0.7 ? this.#take() : undefined;
    if (id === undefined || rng.next() < 0.2) await this.#add(id);
    else if (rng.next() < deleting) await this.#delete(id);
    else await this.#patch(id);
  }

  /** Adds one to four items in one request; one of them may be there already. */
  async #add(known: string | undefined): Promise<void> {
    const { ledger, rng, pictures } = this.options;
    const ids = Array.from({ length: 1 + rng.int(4) }, () => this.#newId('w'));
    if (known !== undefined) ids.push(known);
    const items = ids.map((id) => ({ id, item: this.#newItem() }));
    for (const { id, item } of items) ledger.begin(id, stateOf(item));
    const { status, body } = await this.#send('POST', ITEMS, {
      items: items.map(({ id, item }) => requestOf(item, pictures, id)),
    });
    const results = ids.map((id) => ({ id, status: id === known ? 'updated' : 'created' }));
    expect([status, body]).toEqual([200, { results }]);
    for (const { id, item } of items) this.#done(id, stateOf(item));
  }

  async #delete(id: string): Promise<void> {
    this.options.ledger.begin(id, GONE);
    expect((await this.#send('DELETE', `${ITEMS}/${id}`)).status).toBe(204);
    this.#done(id, GONE);
  }

  /** Changes one part of an item, and its version. */
  async #patch(id: string): Promise<void> {
    const { ledger, rng, pictures } = this.options;
    const [before] = ledger.possible.get(id)!;
    const { version: _, ...parts } = itemOf(before!);
    const { version, caption = `a cube ${this.#made}`, picture = 0 } = this.#newItem();
    const change: { caption?: string | null; picture?: number | null } = rng.pick<object>([
      {},
      { caption },
      { picture },
      ...(parts.caption !== undefined && parts.picture !== undefined ? [{ caption: null }, { picture: null }] : []),
    ]);
    const after = Object.fromEntries(Object.entries({ ...parts, ...change }).filter(([, part]) => part !== null));
    const state = stateOf({ ...after, version });
    ledger.begin(id, state);
    const { picture: number, ...rest } = change;
    const image = number === undefined ? {} : { image: number === null ? null : { dataUrl: pictures[number]! } };
    const answer = await this.#send('PATCH', `${ITEMS}/${id}`, { ...rest, ...image, metadata: { version } });
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    this.#done(id, state);
  }

  async #importLines(): Promise<void> {
    const replaced = Array.from({ length: 10 }, () => this.#take()).filter((id) => id !== undefined);
    const ids = [...Array.from({ length: STREAMED_LINES }, () => this.#newId('s')), ...replaced];
    const states = new Map<string, string>();
    const lines = ids.map((id) => {
      const item = this.#newItem();
      states.set(id, stateOf(item));
      this.options.ledger.begin(id, stateOf(item));
      return `${JSON.stringify(requestOf(item, this.options.pictures, id))}\n`;
    });
    await this.#stream(lines, (id) => {
      this.#done(id, states.get(id)!);
      states.delete(id);
    });
    if (!this.#isOver) expect([...states.keys()], 'lines without a result').toEqual([]);
  }

  /** Sends lines piece by piece: every result that has arrived is an acknowledgement, whatever becomes of the answer. */
  #stream(lines: readonly string[], stored: (id: string) => void): Promise<void> {
    const headers = { 'Content-Type': 'application/x-ndjson' };
    const sending = request(`${this.options.address}${ITEMS}`, { method: 'POST', headers });
    return new Promise((resolve) => {
      sending.on('error', () => undefined).on('close', resolve);
      sending.on('response', (response) => {
        let text = '';
        response.on('error', () => undefined);
        response.on('data', (chunk: Buffer) => {
          text += chunk;
          const results = text.slice(0, text.lastIndexOf('}') + 1);
          text = text.slice(results.length);
          for (const [, id] of results.matchAll(/"id":"([^"]+)","status":"(?:created|updated)"/g)) stored(id!);
        });
      });
      for (const line of lines) sending.write(line);
      sending.end();
    });
  }

  /** An import in the background; every other line has no id of its own. */
  async #importByJob(): Promise<void> {
    const { ledger, pictures } = this.options;
    const lines = Array.from({ length: JOB_LINES }, (_, n) => ({
      item: this.#newItem(),
      id: n % 2 === 0 ? this.#newId('j') : undefined,
    }));
    this.imported.lines = lines.map(({ id, item }) => ({ id, state: stateOf(item) }));
    for (const { id, item } of lines) if (id !== undefined) ledger.begin(id, stateOf(item));
    const items = lines.map(({ id, item }) => requestOf(item, pictures, id));
    const { status, body } = await this.#send('POST', '/v1/jobs', { type: 'import', collection: 'c', items });
    expect(status).toBe(202);
    this.imported.id = (body as { id: string }).id;
  }

  async #search(): Promise<void> {
    const { rng, pictures, ledger } = this.options;
    const query = rng.pick<object>([
      { text: 'a ball', k: 20 },
      { text: 'a ball', target: 'text', k: 100 },
      { image: { dataUrl: rng.pick(pictures) }, k: 100 },
      { image: { dataUrl: rng.pick(pictures) }, target: 'text', k: 20, filter: { version: { gt: 3 } } },
    ]);
    const { status, body } = await this.#send('POST', `${COLLECTION}/search`, query);
    expect(status, JSON.stringify(body)).toBe(200);
    const ids = (body as { hits: { id: string }[] }).hits.map(({ id }) => id);
    expect(new Set(ids).size, 'different hits').toBe(ids.length);
    // Ids that the server gave to lines of an import are not known before that is over.
    for (const id of ids) if (!/^\d/.test(id)) expect(ledger.possible.has(id), id).toBe(true);
  }
}
