import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, onTestFinished, test } from 'vitest';
import { sideKey } from '../../../server/store/item-rows.js';
import { writeSide } from '../../../server/store/item-writes.js';
import { openStore, type Store } from '../../../server/store/store.js';
import { openTokenReader, type TokenKey } from '../../../server/store/token-reader.js';
import { tempDir } from '../../fixtures/temp-dir.js';
import { encoded } from '../collections/sample-items.js';

async function newStore(): Promise<Store> {
  const store = await openStore(await tempDir());
  onTestFinished(() => store.close());
  return store;
}

const write = (store: Store, label: number, seed?: number): Promise<void> =>
  store.commit(writeSide(7, 'text', label, 1, seed === undefined ? undefined : encoded(seed)));
const key = (label: number): TokenKey => sideKey(7, 'text', label);

/** A thread with a reader of its own. */
function startReader(store: Store) {
  const worker = new Worker(new URL('./read-tokens.js', import.meta.url), { workerData: store.dir });
  onTestFinished(() => void worker.terminate());
  return {
    worker,
    async read(label: number): Promise<Uint16Array | undefined> {
      const answer = once(worker, 'message');
      worker.postMessage(key(label));
      return (await answer)[0] as Uint16Array | undefined;
    },
  };
}

describe('token reader', () => {
  test('another thread reads what was committed, the newest of it', async () => {
    const store = await newStore();
    await write(store, 1, 10);
    const { read } = startReader(store);
    expect(await read(1)).toEqual(encoded(10).tokens);
    expect(await read(2)).toBeUndefined();
    for (const seed of [11, 12, 13]) {
      await write(store, 1, seed);
      expect(await read(1)).toEqual(encoded(seed).tokens);
    }
    await write(store, 1);
    expect(await read(1)).toBeUndefined();
  });

  test('reads have one state of the store in common until the next refresh', async () => {
    const store = await newStore();
    await write(store, 1, 10);
    const reader = openTokenReader(store.dir);
    onTestFinished(() => reader.close());
    expect(reader.read(key(1))).toEqual(encoded(10).tokens);
    const writing = write(store, 1, 11);
    expect(reader.read(key(1))).toEqual(encoded(10).tokens);
    await writing;
    reader.refresh();
    expect(reader.read(key(1))).toEqual(encoded(11).tokens);
  });

  test('follows a store that grows while it reads', async () => {
    const store = await newStore();
    const { read } = startReader(store);
    for (let round = 0; round < 20; round++) {
      const seeds = Array.from({ length: 200 }, (_, i) => 200 * round + i);
      await store.commit(seeds.flatMap((seed) => writeSide(7, 'text', seed, 1, encoded(seed))));
      expect(await read(200 * round + 100)).toEqual(encoded(200 * round + 100).tokens);
    }
    expect(await read(5)).toEqual(encoded(5).tokens);
  });

  test('a thread that is ended while others write takes nothing along', async () => {
    const store = await newStore();
    await write(store, 1, 10);
    for (let round = 0; round < 5; round++) {
      const { worker, read } = startReader(store);
      expect(await read(1)).toEqual(encoded(10).tokens);
      const writing = Promise.all(Array.from({ length: 20 }, (_, i) => write(store, 100 + i, i)));
      await worker.terminate();
      await writing;
    }
    expect(await startReader(store).read(119)).toEqual(encoded(19).tokens);
  });
});
