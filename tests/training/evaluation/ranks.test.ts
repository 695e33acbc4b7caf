import { describe, expect, test } from 'vitest';
import { orderByScore, rankOfBest, recalls } from '../../../training/evaluation/ranks.js';

test('recall at k is the share of ranks of at most k, in percent', () => {
  expect(recalls([1, 5, 6, 10, 11, 1, 2, 300])).toEqual({ r1: 25, r5: 50, r10: 75 });
  expect(recalls([])).toEqual({ r1: 0, r5: 0, r10: 0 });
});

test('equal scores rank in file order', () => {
  expect([...orderByScore(Float32Array.of(0.5, 0.9, 0.5, -1, 0.9))]).toEqual([1, 4, 0, 2, 3]);
});

describe('the rank of the best right candidate', () => {
  const ORDER = Uint32Array.of(3, 1, 4, 0, 2);
  const SCORES = [9, 2, 8, 1, 2];
  const score = (candidate: number) => SCORES[candidate]!;

  test.each<[string, number[], number, typeof score | null, number]>([
    ['by the first stage alone', [0, 2], 5, null, 4],
    ['ordered anew', [1], 5, score, 3],
    ['ordered anew, equal scores in file order', [4], 5, score, 4],
    ['the best of several', [3, 2], 5, score, 2],
    ['among the first k only', [1], 3, score, 1],
    ['beyond the first k where the first stage had it', [0], 3, score, 4],
    ['with k beyond the gallery', [0], 128, score, 1],
    ['with k = 1 nothing moves', [1], 1, score, 2],
    ['right ones within and beyond the first k', [0, 3], 3, score, 3],
  ])('%s', (_, right, k, by, rank) => {
    expect(rankOfBest(ORDER, new Set(right), k, by)).toBe(rank);
  });
});
