import { describe, expect, test } from 'vitest';
import { duration, niceTicks, shortNumber } from '../../../training/report/numbers.js';

test.each([
  [0, '0'],
  [4e-5, '4e-5'],
  [4.931e-4, '4.93e-4'],
  [0.00123, '0.00123'],
  [0.123456, '0.123'],
  [47.918, '47.9'],
  [999.6, '1000'],
  [12345.6, '12,346'],
  [-0.5, '-0.5'],
])('%f reads %s', (value, want) => {
  expect(shortNumber(value)).toBe(want);
});

test.each([
  [0, '0 s'],
  [61_000, '61 s'],
  [720_000, '12 min'],
  [4_800_000, '80 min'],
  [9_000_000, '2 h 30 min'],
])('%i ms are %s', (value, want) => {
  expect(duration(value)).toBe(want);
});

describe('ticks', () => {
  test.each<[string, [number, number, number], number[]]>([
    ['span what lies between round numbers', [0.3, 6.9, 4], [0, 2, 4, 6, 8]],
    ['end on the data where that is round', [0, 100, 4], [0, 50, 100]],
    ['are exact decimals', [0.26, 0.41, 4], [0.25, 0.3, 0.35, 0.4, 0.45]],
    ['of a constant are around it', [2, 2, 4], [2, 2.5]],
    ['of zeros go up', [0, 0, 4], [0, 0.5]],
    ['may be negative', [-1, 1, 4], [-1, -0.5, 0, 0.5, 1]],
  ])('%s', (_, [low, high, count], want) => {
    expect(niceTicks(low, high, count)).toEqual(want);
  });
});
