import { describe, expect, test } from 'vitest';
import { type Point, smooth, thin } from '../../../training/report/points.js';

describe('thinning', () => {
  const ten = Array.from({ length: 10 }, (_, i): Point => [i, i * 2]);
  test('keeps a short curve as it is', () => {
    expect(thin(ten, 10)).toBe(ten);
  });
  test('takes means over equal runs', () => {
    expect(thin(ten, 5)).toEqual([
      [0.5, 1],
      [2.5, 5],
      [4.5, 9],
      [6.5, 13],
      [8.5, 17],
    ]);
  });
});

describe('smoothing', () => {
  test('begins at the first value and forgets by 1/span', () => {
    const smoothed = smooth(
      [
        [1, 4],
        [2, 8],
        [3, 8],
      ],
      2,
    );
    expect(smoothed.map(([x]) => x)).toEqual([1, 2, 3]);
    expect(smoothed[0]![1]).toBe(4);
    expect(smoothed[1]![1]).toBeCloseTo((4 / 2 + 8) / 1.5, 12);
    expect(smoothed[2]![1]).toBeCloseTo((4 / 4 + 8 / 2 + 8) / 1.75, 12);
  });
  test.each([0, 1])('over a span of %i changes nothing', (span) => {
    expect(
      smooth(
        [
          [1, 4],
          [2, 8],
        ],
        span,
      ),
    ).toEqual([
      [1, 4],
      [2, 8],
    ]);
  });
});
