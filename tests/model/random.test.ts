import { describe, expect, test } from 'vitest';
import { createRng } from '../../model/random.js';

const draw = (count: number, next: () => number) => Array.from({ length: count }, next);
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('createRng', () => {
  test('gives the numbers that it always gave: what was made from a seed can be made again', () => {
    const rng = createRng(1, 'a');
    expect([rng.next(), rng.next()]).toEqual([0.7174922832575508, 0.36077428779755905]);
  });

  test.each([
    [[1], [2]],
    [[1], ['1']],
    [[1, 2], [12]],
    [
      ['a', 'b'],
      ['ab', ''],
    ],
    [
      [1, 'train', 0],
      [1, 'train', 1],
    ],
  ])('keys %j and %j give different streams', (one, other) => {
    const [a, b] = [createRng(...one), createRng(...other)];
    const pairs = draw(100, () => a.next() - b.next());
    expect(pairs.every((difference) => difference !== 0)).toBe(true);
  });

  test('next is uniform in [0, 1)', () => {
    const rng = createRng('uniform');
    const values = draw(20_000, rng.next);
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
    const bins = values.reduce(
      (counts, value) => counts.with(Math.floor(value * 10), counts[Math.floor(value * 10)]! + 1),
      Array<number>(10).fill(0),
    );
    expect(bins.every((count) => Math.abs(count - 2000) < 200)).toBe(true);
  });

  test('first draws of neighbouring seeds are uniform too', () => {
    expect(mean(Array.from({ length: 5000 }, (_, seed) => createRng(seed).next()))).toBeCloseTo(0.5, 1);
  });

  test('int reaches every value below n and none else', () => {
    const rng = createRng('int');
    expect(new Set(draw(1000, () => rng.int(7)))).toEqual(new Set([0, 1, 2, 3, 4, 5, 6]));
  });

  test('shuffle gives a permutation, in every order, and leaves its argument alone', () => {
    const rng = createRng('shuffle');
    const list = [1, 2, 3];
    const orders = new Set(draw(300, () => 0).map(() => rng.shuffle(list).join('')));
    expect(orders).toEqual(new Set(['123', '132', '213', '231', '312', '321']));
    expect(list).toEqual([1, 2, 3]);
  });

  test('normal has mean 0 and variance 1, gumbel the Euler constant as mean', () => {
    const rng = createRng('moments');
    const normal = draw(50_000, rng.normal);
    expect(mean(normal)).toBeCloseTo(0, 1);
    expect(mean(normal.map((value) => value * value))).toBeCloseTo(1, 1);
    expect(mean(draw(50_000, rng.gumbel))).toBeCloseTo(0.5772, 1);
  });

  test('gumbel noise on log-weights picks by weight', () => {
    const rng = createRng('gumbel');
    const picked = draw(5000, () => (Math.log(3) + rng.gumbel() > Math.log(1) + rng.gumbel() ? 1 : 0));
    expect(mean(picked)).toBeCloseTo(0.75, 1);
  });
});
