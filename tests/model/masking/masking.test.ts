import { describe, expect, test } from 'vitest';
import { maskImage, maskText, patchGrid } from '../../../model/masking/masking.js';
import { createRng } from '../../../model/random.js';

const sum = (values: Iterable<number>) => [...values].reduce((a, b) => a + b, 0);

describe('image mask', () => {
  test.each([
    [224, 16, 2, 0.6, 30, 120],
    [96, 12, 2, 0.6, 10, 40],
    [96, 8, 1, 0.28, 41, 41],
    [80, 16, 1, 0.28, 7, 7],
    [64, 16, 2, 1, 4, 16],
  ])('%i px, patches of %i, units of %i, ratio %f: %i units', (size, patch, unit, ratio, units, patches) => {
    const grid = patchGrid(size, patch, unit);
    const mask = new Float32Array(grid * grid);
    const perSide = grid / unit;
    for (let seed = 0; seed < 20; seed++) {
      maskImage(mask, grid, { ratio, unit }, createRng(seed));
      expect(sum(mask)).toBe(patches);
      const whole = Array.from({ length: perSide ** 2 }, (_, index) => {
        const corner = Math.floor(index / perSide) * unit * grid + (index % perSide) * unit;
        const rows = Array.from({ length: unit }, (_, y) =>
          sum(mask.subarray(corner + y * grid, corner + y * grid + unit)),
        );
        return sum(rows);
      });
      expect(whole.filter((count) => count === unit * unit)).toHaveLength(units);
      expect(whole.filter((count) => count === 0)).toHaveLength(perSide ** 2 - units);
    }
  });

  test('every unit is masked about equally often', () => {
    const counts = new Array<number>(49).fill(0);
    const mask = new Float32Array(49);
    for (let seed = 0; seed < 400; seed++) {
      maskImage(mask, 7, { ratio: 0.6, unit: 1 }, createRng(seed));
      for (const [index, value] of mask.entries()) counts[index]! += value;
    }
    expect(Math.min(...counts)).toBeGreaterThan(190);
    expect(Math.max(...counts)).toBeLessThan(300);
  });

  test.each([
    [100, 16, 2, 'image size: expected a multiple of the patch size 16, got 100'],
    [72, 8, 2, 'masking.image.unit: expected a divisor of the 9 patches of a side, got 2'],
  ])('%i px, patches of %i, units of %i are refused', (size, patch, unit, message) => {
    expect(() => patchGrid(size, patch, unit)).toThrow(message);
  });
});

describe('text mask', () => {
  const special = { start: 0, pad: 1, end: 2, unknown: 3, mask: 4 };
  const draw = (ids: number[], ratio: number, seed: number) => {
    const mask = new Float32Array(12).fill(1);
    maskText(mask, ids, special, ratio, createRng(seed));
    return mask;
  };

  test('special tokens and padding are never masked', () => {
    for (let seed = 0; seed < 50; seed++) {
      expect([...draw([0, 7, 3, 8, 2], 1, seed)]).toEqual([0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    }
  });

  test('one token at least is masked, each equally likely', () => {
    const hit = new Set<number>();
    for (let seed = 0; seed < 50; seed++) {
      const mask = draw([0, 7, 8, 9, 2], 0.0001, seed);
      expect(sum(mask)).toBe(1);
      hit.add(mask.indexOf(1));
    }
    expect([...hit].sort()).toEqual([1, 2, 3]);
  });

  test('the share of masked tokens is the ratio', () => {
    const ids = [0, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 2];
    const masked = sum(Array.from({ length: 1000 }, (_, seed) => sum(draw(ids, 0.3, seed))));
    expect(masked / 10_000).toBeGreaterThan(0.28);
    expect(masked / 10_000).toBeLessThan(0.33);
  });

  test('a text without words has no mask', () => {
    expect(sum(draw([0, 2], 0.3, 1))).toBe(0);
  });
});
