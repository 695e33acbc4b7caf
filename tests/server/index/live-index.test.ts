import { describe, expect, test } from 'vitest';
import { createRng } from '../../../model/random.js';
import { DEFAULT_INDEX_SETTINGS, LiveIndex } from '../../../server/index/live-index.js';
import { TopK } from '../../../server/index/top-k.js';
import { normalised } from '../../../server/index/vector-table.js';
import { clusteredVectors, stacked } from './clustered-vectors.js';

const DIMENSION = 64;
const SETTINGS = { ...DEFAULT_INDEX_SETTINGS, exactLimit: 200 };

function finish(index: LiveIndex): void {
  while (index.busy) index.step(50);
}

function filled(count: number, draw: () => Float32Array, settings = SETTINGS): LiveIndex {
  const index = new LiveIndex(DIMENSION, settings);
  const labels = Array.from({ length: count }, (_, i) => i + 1);
  index.apply([], labels, stacked(labels.map(draw)), 1);
  return index;
}

/** The k nearest by a scan of the whole table. */
function exact(index: LiveIndex, query: Float32Array, k: number) {
  const best = new TopK(k);
  index.table.scanAll(normalised(query, 'query'), best);
  return best.sorted();
}

function recallAt10(index: LiveIndex, queries: Float32Array[]): number {
  const found = queries.map((query) => {
    const labels = new Set(index.nearest(query, 10).labels);
    return exact(index, query, 10).labels.filter((label) => labels.has(label)).length / 10;
  });
  return found.reduce((sum, value) => sum + value, 0) / queries.length;
}

describe('live index', () => {
  test('finds what a scan finds, before, while and after its graph is built', () => {
    const draw = clusteredVectors(1, DIMENSION, 60);
    const index = filled(2000, draw);
    const queries = Array.from({ length: 50 }, draw);
    expect(index.stats()).toMatchObject({ vectors: 2000, pending: 2000 });
    expect(recallAt10(index, queries)).toBe(1);
    index.step(5);
    expect(recallAt10(index, queries)).toBeGreaterThanOrEqual(0.99);
    finish(index);
    expect(index.stats().pending).toBe(0);
    expect(recallAt10(index, queries)).toBeGreaterThanOrEqual(0.99);
    for (const query of queries) expect(index.nearest(query, 1)).toEqual(exact(index, query, 1));
  });

  test('keeps its recall when 30 % are deleted and 30 % replaced, three times', () => {
    const draw = clusteredVectors(2, DIMENSION, 60);
    const random = createRng(2).next;
    const index = filled(2000, draw);
    finish(index);
    let rebuilt = 0;
    for (let round = 0; round < 3; round++) {
      const labels = [...index.table.labels()].sort(() => random() - 0.5).slice(0, 1200);
      const [replaced, deleted] = [labels.slice(0, 600), labels.slice(600)];
      index.apply([], replaced, stacked(replaced.map(draw)), 2);
      index.apply(deleted, [], new Float32Array(), 3);
      rebuilt += Number(index.stats().rebuilding);
      index.step(10);
      expect(recallAt10(index, Array.from({ length: 20 }, draw))).toBeGreaterThanOrEqual(0.99);
      index.apply([], deleted, stacked(deleted.map(draw)), 4);
      finish(index);
      expect(index.stats()).toMatchObject({ vectors: 2000, pending: 0, rebuilding: false });
      expect(index.stats().deadShare).toBeLessThanOrEqual(SETTINGS.deadShare);
      expect(recallAt10(index, Array.from({ length: 50 }, draw))).toBeGreaterThanOrEqual(0.99);
    }
    expect(rebuilt).toBeGreaterThan(0);
  });

  test('starts over again where most died while the graph was built anew', () => {
    const draw = clusteredVectors(9, DIMENSION, 20);
    const index = filled(2000, draw);
    finish(index);
    const labels = [...index.table.labels()];
    index.apply(labels.slice(0, 700), [], new Float32Array(), 2);
    expect(index.stats()).toMatchObject({ vectors: 1300, rebuilding: true });
    index.step(60);
    index.apply(labels.slice(700, 1500), [], new Float32Array(), 3);
    finish(index);
    expect(index.stats()).toMatchObject({ vectors: 500, pending: 0, unchecked: 0, rebuilding: false });
    expect(index.stats().deadShare).toBeLessThanOrEqual(SETTINGS.deadShare);
    expect(recallAt10(index, Array.from({ length: 30 }, draw))).toBeGreaterThanOrEqual(0.99);
  });

  describe('with groups of near duplicates that come one group after another', () => {
    // A mixture of one centre each: a cosine of 0.998 within a group.
    const groups = Array.from({ length: 60 }, (_, i) => clusteredVectors(100 + i, DIMENSION, 1, 0.005));
    const vectors = groups.flatMap((draw) => Array.from({ length: 50 }, draw));

    function built(batch: number): LiveIndex {
      const index = new LiveIndex(DIMENSION, SETTINGS);
      for (let at = 0; at < vectors.length; at += batch) {
        const labels = vectors.slice(at, at + batch).map((_, i) => at + i + 1);
        index.apply([], labels, stacked(vectors.slice(at, at + batch)), 1);
        finish(index);
      }
      return index;
    }

    test.each([50, 3000])('finds every one, %i at a time', (batch) => {
      const index = built(batch);
      expect(vectors.filter((vector, i) => index.nearest(vector, 1).labels[0] !== i + 1)).toEqual([]);
    });

    test('finds the hundred nearest where the graph may choose the order', () => {
      const index = built(3000);
      const shares = groups.map((draw) => {
        const query = draw();
        const labels = new Set(index.nearest(query, 100).labels);
        return exact(index, query, 100).labels.filter((label) => labels.has(label)).length / 100;
      });
      expect(shares.reduce((sum, value) => sum + value, 0) / shares.length).toBeGreaterThanOrEqual(0.99);
    });
  });

  test('finds every one of many nearly equal vectors, and everything else beside them', () => {
    const draw = clusteredVectors(5, DIMENSION, 30);
    const random = createRng(5).next;
    const repeated = draw();
    const nearly = () => repeated.map((value) => value * (1 + 1e-7 * random()));
    const index = filled(2000, () => (random() < 0.5 ? nearly() : draw()));
    finish(index);
    const want = exact(index, repeated, 1500);
    expect(index.nearest(repeated, 900).labels).toEqual(want.labels.slice(0, 900));
    expect(recallAt10(index, Array.from({ length: 50 }, draw))).toBeGreaterThanOrEqual(0.99);
  });

  test('forgets the graph when few are left, and answers from none', () => {
    const draw = clusteredVectors(6, DIMENSION, 5);
    const index = filled(300, draw);
    finish(index);
    const labels = [...index.table.labels()];
    index.apply(labels.slice(50), [], new Float32Array(), 2);
    expect(index.graph).toBeUndefined();
    expect(index.nearest(draw(), 100).labels).toHaveLength(50);
    index.apply(labels, [], new Float32Array(), 3);
    expect(index.nearest(draw(), 10)).toEqual({ labels: [], scores: [] });
  });

  test.each([
    { name: 'few', keeps: (label: number) => label % 97 === 0 },
    { name: 'half', keeps: (label: number) => label % 2 === 0 },
    { name: 'all but one', keeps: (label: number) => label !== 5 },
    { name: 'none', keeps: () => false },
  ])('answers exactly what a filter keeps: $name', ({ keeps }) => {
    const draw = clusteredVectors(7, DIMENSION, 20);
    const index = filled(1500, draw);
    finish(index);
    const allowed = Float64Array.from([...index.table.labels(), 9_999].filter(keeps));
    for (const query of Array.from({ length: 20 }, draw)) {
      const want = exact(index, query, 1500).labels.filter(keeps).slice(0, 10);
      expect(index.nearest(query, 10, undefined, allowed).labels).toEqual(want);
    }
  });

  test.each([
    { name: 'half', keeps: (label: number) => label % 2 === 0 },
    { name: 'every twentieth', keeps: (label: number) => label % 20 === 0 },
  ])('asks the graph for more where a filter keeps too many to scan: $name', ({ keeps }) => {
    const draw = clusteredVectors(8, DIMENSION, 20);
    const index = filled(1500, draw, { ...SETTINGS, scannedNumbers: 0 });
    finish(index);
    index.apply([], [2000], draw(), 2);
    const allowed = Float64Array.from([...index.table.labels()].filter(keeps));
    const found = Array.from({ length: 40 }, draw).map((query) => {
      const want = new Set(exact(index, query, 1501).labels.filter(keeps).slice(0, 10));
      const { labels } = index.nearest(query, 10, undefined, allowed);
      expect(labels.every(keeps)).toBe(true);
      return labels.filter((label) => want.has(label)).length;
    });
    expect(found.reduce((sum, value) => sum + value, 0)).toBeGreaterThanOrEqual(396);
  });
});
