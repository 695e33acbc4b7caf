import { describe, expect, test } from 'vitest';
import { DEFAULT_INDEX_SETTINGS, LiveIndex } from '../../../server/index/live-index.js';
import { SmallIndex } from '../../../server/index/small-index.js';
import type { VectorIndex, VectorPage, VectorSource } from '../../../server/index/vector-index.js';
import { clusteredVectors, stacked } from './clustered-vectors.js';

const DIMENSION = 128;
/** 2 ** 18 numbers. */
const MOST = 2_048;

/** The index behind, in this thread, that counts what it is asked. */
class CountedIndex implements VectorIndex {
  readonly live = new LiveIndex(DIMENSION, { ...DEFAULT_INDEX_SETTINGS, exactLimit: 10_000 });
  asked = 0;
  dropped = false;

  async apply(remove: number[], { labels, vectors }: Parameters<VectorIndex['apply']>[1], sequence: number) {
    this.live.apply(remove, labels, vectors, sequence);
  }

  async nearest({ vector, k, efSearch, allowed }: Parameters<VectorIndex['nearest']>[0]) {
    this.asked++;
    return this.live.nearest(vector, k, efSearch, allowed);
  }

  async stats() {
    return this.live.stats();
  }

  async drop() {
    this.dropped = true;
  }
}

const draw = clusteredVectors(3, DIMENSION, 20, 0.1);
const numbered = (count: number, first = 1) => {
  const labels = Array.from({ length: count }, (_, i) => first + i);
  return { labels, vectors: stacked(labels.map(draw)) };
};

/** What a store holds, in two pages. */
function sourceOf({ labels, vectors }: ReturnType<typeof numbered>): VectorSource {
  const page = (after: number): VectorPage | undefined => {
    const from = labels.findIndex((label) => label > after);
    if (from < 0) return undefined;
    const to = from === 0 ? Math.ceil(labels.length / 2) : labels.length;
    const own = labels.slice(from, to);
    return { labels: own, vectors: vectors.slice(from * DIMENSION, to * DIMENSION), sequences: own.map(() => 1) };
  };
  return { page, sequence: () => 1 };
}

async function opened(count: number) {
  const behind = new CountedIndex();
  const stored = numbered(count);
  await behind.apply([], stored, 1);
  return { behind, index: new SmallIndex(behind, DIMENSION, sourceOf(stored)) };
}

/** Whether it answers as the index behind does, and without asking it. */
async function expectOwnAnswers({ behind, index }: Awaited<ReturnType<typeof opened>>, allowed?: Float64Array) {
  const asked = behind.asked;
  for (const k of [1, 10, 5_000]) {
    const query = { vector: draw(), k, ...(allowed ? { allowed: allowed as Float64Array<ArrayBuffer> } : {}) };
    expect(await index.nearest(query)).toEqual(behind.live.nearest(query.vector, k, undefined, allowed));
  }
  expect(behind.asked).toBe(asked);
}

describe('a small index', () => {
  test('answers as the one behind it, without asking it', async () => expectOwnAnswers(await opened(500)));

  test('answers only what a filter allows, and nothing that is unknown', async () => {
    const both = await opened(500);
    await expectOwnAnswers(both, Float64Array.from([3, 400, 77, 9_999]));
    await expectOwnAnswers(both, new Float64Array());
  });

  test('hands on what is added, replaced and removed', async () => {
    const both = await opened(500);
    await both.index.apply([1, 2, 3], numbered(50, 480), 2);
    expect((await both.index.stats()).vectors).toBe(526);
    await expectOwnAnswers(both);
  });

  test('is empty at first', async () => {
    const { index } = await opened(0);
    expect(await index.nearest({ vector: draw(), k: 3 })).toEqual({ labels: [], scores: [] });
  });

  test.each([0, Number.NaN])('refuses a query of %d', async (value) => {
    const { index } = await opened(5);
    const query = { vector: new Float32Array(DIMENSION).fill(value), k: 3 };
    await expect(index.nearest(query)).rejects.toThrow('query vector: expected finite numbers');
  });

  test.each([
    ['when it is opened', MOST + 1, 0],
    ['as it grows', MOST, 1],
  ])('leaves all to the one behind it past a size: %s', async (_when, first, more) => {
    const { behind, index } = await opened(first);
    if (more > 0) await index.apply([], numbered(more, first + 1), 2);
    const vector = draw();
    expect(await index.nearest({ vector, k: 7 })).toEqual(behind.live.nearest(vector, 7));
    expect(behind.asked).toBe(1);
    await index.apply([1, 2], numbered(0), 3);
    await index.nearest({ vector, k: 7 });
    expect(behind.asked).toBe(2);
  });

  test('is dropped with the one behind it', async () => {
    const { behind, index } = await opened(5);
    await index.drop();
    expect(behind.dropped).toBe(true);
  });
});
