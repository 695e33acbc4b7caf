import { once } from 'node:events';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startHnswHost } from '../../../server/index/hnsw-host.js';
import { IndexLostError } from '../../../server/index/index-lost-error.js';
import type { IndexHost, VectorIndex, VectorSource } from '../../../server/index/vector-index.js';
import { mountSmallDisk } from '../../fixtures/small-disk.js';
import { tempDir } from '../../fixtures/temp-dir.js';
import { clusteredVectors, stacked } from './clustered-vectors.js';

const DIMENSION = 32;
const SETTINGS = { exactLimit: 100, M: 8, efConstruction: 60 };
const NAMES = new Set(['1-image', '2-image']);

/** Stands for the durable store: vectors by label with the change that wrote them. */
class FakeStore implements VectorSource {
  readonly rows = new Map<number, { vector: Float32Array; sequence: number }>();
  last = 0;

  constructor(readonly draw: () => Float32Array) {}

  write(...labels: number[]) {
    this.last++;
    for (const label of labels) this.rows.set(label, { vector: this.draw(), sequence: this.last });
    const vectors = stacked(labels.map((label) => this.rows.get(label)!.vector));
    return { labels, vectors };
  }

  sequence(): number {
    return this.last;
  }

  page(after: number) {
    const labels = [...this.rows.keys()].filter((label) => label > after);
    const page = labels.sort((a, b) => a - b).slice(0, 70);
    if (page.length === 0) return undefined;
    const rows = page.map((label) => this.rows.get(label)!);
    return { labels: page, sequences: rows.map((r) => r.sequence), vectors: stacked(rows.map((r) => r.vector)) };
  }
}

function filledStore(dimension = DIMENSION): FakeStore {
  const store = new FakeStore(clusteredVectors(11, dimension, 12, 0.1));
  store.write(...Array.from({ length: 400 }, (_, i) => i + 1));
  return store;
}

/** Makes a worker fail on a message it cannot read; terminate() in the midst of a call of hnswlib would end this process too. */
async function crash(worker: Worker): Promise<void> {
  const ended = new Promise((resolve) => worker.once('exit', resolve));
  worker.postMessage(null);
  await ended;
}

interface Started {
  host: IndexHost;
  index: VectorIndex;
  warnings: string[];
}

async function start(dir: string, store: FakeStore, name = '1-image', dimension = DIMENSION): Promise<Started> {
  const warnings: string[] = [];
  const host = startHnswHost(dir, NAMES, { settings: SETTINGS, onWarning: (warning) => warnings.push(warning) });
  return { host, index: await host.open({ name, source: `uuid ${name}`, dimension }, store), warnings };
}

async function built(index: VectorIndex): Promise<void> {
  while ((await index.stats()).pending > 0) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Saves an index of the store in `dir`. */
async function save(dir: string, store: FakeStore, name = '1-image', dimension = DIMENSION): Promise<void> {
  const { host, index } = await start(dir, store, name, dimension);
  await built(index);
  await host.close();
}

async function expectRightAnswers(index: VectorIndex, store: FakeStore): Promise<void> {
  const labels = Float64Array.from(store.rows.keys());
  for (let i = 0; i < 20; i++) {
    const vector = store.draw();
    const want = await index.nearest({ vector, k: 5, allowed: labels.slice() });
    expect(await index.nearest({ vector, k: 5, efSearch: 400 })).toEqual(want);
  }
}

const flipped = (at: (bytes: number) => number) => async (dir: string) => {
  const file = join(dir, '1-image.hnsw');
  const bytes = await readFile(file);
  const place = at(bytes.length);
  bytes[place] = bytes[place]! ^ 0x40;
  await writeFile(file, bytes);
};

describe('saved graphs', () => {
  test('are used again where nothing has changed', async () => {
    const dir = await tempDir();
    const store = filledStore();
    await save(dir, store);
    const { host, index, warnings } = await start(dir, store);
    expect(await index.stats()).toMatchObject({ vectors: 400, pending: 0 });
    await expectRightAnswers(index, store);
    await host.close();
    expect(warnings).toEqual([]);
  });

  test('catch up with what changed after they were saved', async () => {
    const dir = await tempDir();
    const store = filledStore();
    await save(dir, store);
    store.write(3, 4, 5, 401, 402);
    for (const label of [10, 11]) store.rows.delete(label);
    store.last++;
    const { host, index, warnings } = await start(dir, store);
    await expectRightAnswers(index, store);
    await built(index);
    await expectRightAnswers(index, store);
    await host.close();
    expect(warnings).toEqual([]);
  });

  test.each<{ name: string; damage: (dir: string, store: FakeStore) => unknown; warning?: RegExp }>([
    {
      name: 'the file was cut',
      damage: async (dir) => {
        const file = join(dir, '1-image.hnsw');
        const bytes = await readFile(file);
        await writeFile(file, bytes.subarray(0, bytes.length - 100));
      },
      warning: /expected \d+ bytes, got \d+; the index is built from the store/,
    },
    { name: 'a bit flipped in the head', damage: flipped(() => 17), warning: /expected sha256 \w+, got \w+; the/ },
    { name: 'a bit flipped in the middle', damage: flipped((bytes) => bytes >> 1), warning: /expected sha256/ },
    { name: 'a bit flipped at the end', damage: flipped((bytes) => bytes - 1), warning: /expected sha256/ },
    {
      name: 'it is that of another index',
      damage: async (dir) => {
        await save(dir, filledStore(), '2-image');
        for (const end of ['hnsw', 'json']) await cp(join(dir, `2-image.${end}`), join(dir, `1-image.${end}`));
      },
      warning: /source: expected uuid 1-image, got uuid 2-image/,
    },
    {
      name: 'it is of another dimension',
      damage: async (dir) => {
        await rm(dir, { recursive: true });
        await save(dir, filledStore(48), '1-image', 48);
      },
      warning: /dimension: expected 32, got 48/,
    },
    {
      name: 'only the graph was replaced by one of another dimension',
      damage: async (dir) => {
        const other = await tempDir();
        await save(other, filledStore(48), '1-image', 48);
        await cp(join(other, '1-image.hnsw'), join(dir, '1-image.hnsw'));
      },
      warning: /expected \d+ bytes/,
    },
    {
      name: 'the sidecar is no JSON',
      damage: (dir) => writeFile(join(dir, '1-image.json'), '{"format":'),
      warning: /^index file .+1-image\.json: expected a JSON object, got .+; the index is built from the store$/,
    },
    {
      name: 'the sidecar is no object',
      damage: (dir) => writeFile(join(dir, '1-image.json'), 'null'),
      warning: /1-image\.json: expected a JSON object/,
    },
    {
      name: 'a bit of the labels in the sidecar flipped',
      damage: async (dir) => {
        const file = join(dir, '1-image.json');
        const text = await readFile(file, 'utf8');
        await writeFile(file, text.replace('[40]', '[50]'));
      },
      warning: /with its sidecar: expected sha256/,
    },
    {
      name: 'the sidecar claims a later change',
      damage: async (dir, store) => {
        const file = join(dir, '1-image.json');
        store.write(3, 4, 5);
        await writeFile(file, (await readFile(file, 'utf8')).replace('"sequence":1', '"sequence":2'));
      },
      warning: /with its sidecar: expected sha256/,
    },
    {
      name: 'a folder lies in its place',
      damage: async (dir) => {
        await rm(join(dir, '1-image.hnsw'));
        await mkdir(join(dir, '1-image.hnsw'));
      },
      warning: /expected \d+ bytes/,
    },
    {
      name: 'the sidecar is of another format',
      damage: (dir) => writeFile(join(dir, '1-image.json'), '{"format": "maskvlm-graph/9"}'),
      warning: /expected maskvlm-graph\/2, got maskvlm-graph\/9/,
    },
    {
      name: 'the store is older than the graph',
      damage: (_, store) => {
        store.last = 0;
      },
      warning: /expected change 0 or before, got 1/,
    },
    { name: 'the sidecar is missing', damage: (dir) => rm(join(dir, '1-image.json')) },
    { name: 'the graph is missing', damage: (dir) => rm(join(dir, '1-image.hnsw')) },
  ])('are built again where $name', async ({ damage, warning }) => {
    const dir = await tempDir();
    const store = filledStore();
    await save(dir, store);
    await damage(dir, store);
    const { host, index, warnings } = await start(dir, store);
    await expectRightAnswers(index, store);
    await built(index);
    await expectRightAnswers(index, store);
    await host.close();
    expect(warnings).toEqual(warning ? [expect.stringMatching(warning)] : []);
  });

  test('are not left half-written on a full disk, and nothing but time is lost', async (context) => {
    const dir = join(await tempDir(), 'small');
    await mkdir(dir);
    if (!mountSmallDisk(dir, 64)) context.skip('needs the right to mount a small disk');
    const store = filledStore();
    const { host, index, warnings } = await start(dir, store);
    await built(index);
    await host.close();
    expect(warnings).toEqual([
      expect.stringMatching(/expected a whole file, got \d+ bytes; the index file was not written/),
    ]);
    expect(await readdir(dir)).toEqual([]);
  });

  test('go with the collection they belong to', async () => {
    const dir = await tempDir();
    const store = filledStore();
    await save(dir, store);
    await writeFile(join(dir, '7-text.hnsw'), 'of a collection that is gone');
    const { host, index } = await start(dir, store);
    expect((await readdir(dir)).sort()).toEqual(['1-image.hnsw', '1-image.json']);
    await index.drop();
    expect(await readdir(dir)).toEqual([]);
    await host.close();
  });
});

describe('index worker', () => {
  test('is replaced when it ends, and nothing is lost', async () => {
    const started = once(process, 'worker');
    const store = filledStore();
    const { host, index, warnings } = await start(await tempDir(), store);
    const [worker] = (await started) as [Worker];
    const ended = crash(worker);
    const inFlight = index.nearest({ vector: store.draw(), k: 3 });
    const written = store.write(500);
    const applied = index.apply([], written, store.sequence());
    await ended;
    expect((await inFlight).labels).toHaveLength(3);
    await applied;
    expect(await index.nearest({ vector: store.rows.get(500)!.vector, k: 1 })).toMatchObject({ labels: [500] });
    await expectRightAnswers(index, store);
    expect(host.state).toBe('ready');
    await host.close();
    expect(warnings).toEqual([expect.stringMatching(/^index worker: expected to run, got .+; it is replaced$/)]);
  });

  test('is given up when it ends again and again: it answers no more, and holds up no change that is stored', async () => {
    const workers: Worker[] = [];
    const note = (worker: Worker) => {
      workers.push(worker);
      if (workers.length > 1) void worker.terminate();
    };
    process.on('worker', note);
    onTestFinished(() => {
      process.off('worker', note);
    });
    const store = filledStore();
    const { host, index, warnings } = await start(await tempDir(), store);
    expect(host.state).toBe('ready');
    await crash(workers[0]!);
    expect(host.state).toBe('recovering');
    await index.apply([1], store.write(500), store.sequence());
    expect(host.state).toBe('lost');
    await expect(index.nearest({ vector: store.draw(), k: 3 })).rejects.toThrow(IndexLostError);
    await index.apply([2], store.write(501), store.sequence());
    await index.drop();
    expect(warnings.at(-1)).toMatch(/it is given up$/);
    expect(workers.length).toBe(3);
    await host.close();
  });

  test('refuses what comes after it was closed, and is closed once', async () => {
    const store = filledStore();
    const { host, index, warnings } = await start(await tempDir(), store);
    await Promise.all([host.close(), host.close()]);
    await expect(index.nearest({ vector: store.draw(), k: 3 })).rejects.toThrow(
      'index worker: expected to be open, got closed',
    );
    expect(warnings).toEqual([]);
  });

  test('closes where the worker is lost while it saves', async () => {
    const started = once(process, 'worker');
    const { host, warnings } = await start(await tempDir(), filledStore());
    const [worker] = (await started) as [Worker];
    worker.postMessage(null);
    await host.close();
    expect(warnings).toEqual([expect.stringMatching(/^index worker: expected to run, got .+; the index files are/)]);
  });

  test.each([
    { name: 'another dimension', vector: new Float32Array(DIMENSION + 1).fill(1) },
    { name: 'a NaN', vector: new Float32Array(DIMENSION).fill(Number.NaN) },
    { name: 'zeros', vector: new Float32Array(DIMENSION) },
  ])('refuses $name and stays', async ({ vector }) => {
    const store = filledStore();
    const { host, index, warnings } = await start(await tempDir(), store);
    await expect(index.nearest({ vector, k: 1 })).rejects.toThrow(/query vector: expected/);
    const added = { labels: [900], vectors: vector.slice(0, DIMENSION) };
    if (vector.length === DIMENSION) await expect(index.apply([], added, 2)).rejects.toThrow(/label 900: expected/);
    expect(await index.stats()).toMatchObject({ vectors: 400 });
    await expectRightAnswers(index, store);
    await host.close();
    expect(warnings).toEqual([]);
  });
});
