import { describe, expect, test } from 'vitest';
import { createRng } from '../../../model/random.js';
import { TopK } from '../../../server/index/top-k.js';
import { normalised, normalisedRows, VectorTable } from '../../../server/index/vector-table.js';
import { clusteredVectors } from './clustered-vectors.js';

describe('top k', () => {
  test.each([0, 1, 2, 7, 50, 80])('keeps the best %i of 50, equal scores in label order', (k) => {
    const random = createRng(k).next;
    const pairs = Array.from({ length: 50 }, (_, label) => ({ label, score: Math.floor(random() * 8) }));
    pairs.sort(() => random() - 0.5);
    const best = new TopK(k);
    if (k > 0) for (const { label, score } of pairs) best.offer(label, score);
    const want = pairs.sort((a, b) => b.score - a.score || a.label - b.label).slice(0, k);
    expect(best.sorted()).toEqual({ labels: want.map((p) => p.label), scores: want.map((p) => p.score) });
  });
});

describe('vector table', () => {
  const DIMENSION = 19;

  function naive(vectors: Map<number, Float32Array>, query: Float32Array, k: number): number[] {
    const cosine = (v: Float32Array) => v.reduce((sum, x, i) => sum + x * query[i]!, 0) / Math.hypot(...v);
    return [...vectors]
      .sort((a, b) => cosine(b[1]) - cosine(a[1]))
      .slice(0, k)
      .map(([label]) => label);
  }

  test('answers as a plain sort does, through additions, replacements and deletions', () => {
    const draw = clusteredVectors(3, DIMENSION, 20);
    const random = createRng(4).next;
    const table = new VectorTable(DIMENSION);
    const mirror = new Map<number, Float32Array>();
    for (let i = 0; i < 4000; i++) {
      const label = Math.floor(random() * 2500);
      if (random() < 0.3) {
        table.delete(label);
        mirror.delete(label);
      } else {
        const vector = draw();
        table.set(label, normalised(vector, 'vector'));
        mirror.set(label, vector);
      }
    }
    expect(table.size).toBe(mirror.size);
    for (let i = 0; i < 20; i++) {
      const query = draw();
      const best = new TopK(10);
      table.scanAll(normalised(query, 'query'), best);
      expect(best.sorted().labels).toEqual(naive(mirror, query, 10));
    }
  });

  test('ranks equal vectors in label order whatever order they came in', () => {
    const table = new VectorTable(4);
    for (const label of [9, 2, 7, 5]) table.set(label, Float32Array.of(0.5, 0.5, 0.5, 0.5));
    const best = new TopK(3);
    table.scanAll(normalised(Float32Array.of(1, 2, 3, 4), 'query'), best);
    expect(best.sorted().labels).toEqual([2, 5, 7]);
  });

  test.each([
    ['zeros', [3, 4, 0, 0]],
    ['a NaN', [3, 4, 1, Number.NaN]],
    ['an infinity', [3, 4, -Infinity, 0]],
    ['too few numbers', [3, 4, 1]],
  ])('takes no %s', (_, values) => {
    expect(() => normalisedRows([8, 9], Float32Array.from(values), 2)).toThrow(/^vector(s| of label 9): expected/);
    expect(normalisedRows([8], Float32Array.of(3, 4), 2)).toEqual([Float32Array.of(0.6, 0.8)]);
  });
});
