import { describe, expect, test } from 'vitest';
import { topTokens } from '../../../model/maskvlm/top-tokens.js';

describe('the most probable tokens', () => {
  test('come best first with their share of the whole vocabulary', () => {
    const found = topTokens(Float32Array.of(0, Math.log(6), Math.log(2), 0), 2);
    expect(found.map(({ id }) => id)).toEqual([1, 2]);
    expect(found[0]!.score).toBeCloseTo(0.6, 6);
    expect(found[1]!.score).toBeCloseTo(0.2, 6);
  });

  test.each<[string, number[], number, number[]]>([
    ['are all there are where more are asked for', [1, 2], 5, [1, 0]],
    ['keep their order where they are equal', [3, 3, 3], 2, [0, 1]],
    ['are found wherever they stand', [2, 7, 1, 9, 3, 8], 3, [3, 5, 1]],
    ['do not overflow', [1000, 2000], 1, [1]],
  ])('%s', (_, logits, count, ids) => {
    const found = topTokens(Float32Array.from(logits), count);
    expect(found.map(({ id }) => id)).toEqual(ids);
    expect(found.every(({ score }) => score >= 0 && score <= 1)).toBe(true);
  });
});
