import { describe, expect, test } from 'vitest';
import { createRng } from '../../../../model/random.js';
import { drawOperators } from '../../../../training/data/rand-augment/draw-operators.js';
import { applyOperators, OPERATOR_NAMES, type OperatorUse } from '../../../../training/data/rand-augment/operators.js';

const ALBEF = { operators: 2, level: 7, names: OPERATOR_NAMES };

describe('drawing', () => {
  const draws = Array.from({ length: 8000 }, (_, seed) => drawOperators(ALBEF, createRng(seed)));
  const uses = draws.flat();
  const share = (count: number, of: number) => count / of;

  test('uses each of two operators with probability 0.5', () => {
    for (const [length, want] of [0.25, 0.5, 0.25].entries())
      expect(share(draws.filter((one) => one.length === length).length, draws.length)).toBeCloseTo(want, 1);
  });

  test.each(OPERATOR_NAMES)('%s is a tenth of what is used, in either direction, at the level', (name) => {
    const own = uses.filter((use) => use.name === name);
    expect(Math.abs(share(own.length, uses.length) - 0.1)).toBeLessThan(0.015);
    expect(Math.abs(share(own.filter(({ sign }) => sign === 1).length, own.length) - 0.5)).toBeLessThan(0.07);
    expect(new Set(own.map(({ level }) => level))).toEqual(new Set([7]));
  });

  test('is from the names alone', () => {
    const some = { ...ALBEF, operators: 40, names: ['rotate', 'equalize'] } as const;
    expect(new Set(drawOperators(some, createRng(1)).map(({ name }) => name))).toEqual(new Set(some.names));
  });

  test('may give the same operator twice', () => {
    expect(draws.some(([first, second]) => first !== undefined && first.name === second?.name)).toBe(true);
  });

  test('follows the stream of random numbers', () => {
    expect(drawOperators({ ...ALBEF, operators: 9 }, createRng(5))).toEqual(
      drawOperators({ ...ALBEF, operators: 9 }, createRng(5)),
    );
    expect(drawOperators({ ...ALBEF, operators: 9 }, createRng(5))).not.toEqual(
      drawOperators({ ...ALBEF, operators: 9 }, createRng(6)),
    );
  });

  test('takes as many numbers from it whatever comes out', () => {
    const nextAfter = Array.from({ length: 50 }, (_, seed) => {
      const [drawn, skipped] = [createRng(seed), createRng(seed)];
      drawOperators(ALBEF, drawn);
      for (let i = 0; i < 6; i++) skipped.next();
      return [drawn.next(), skipped.next()];
    });
    for (const [got, want] of nextAfter) expect(got).toBe(want);
  });
});

describe('applying', () => {
  const use = (name: OperatorUse['name'], level: number): OperatorUse => ({ name, level, sign: 1 });
  const picture = { width: 3, height: 1, data: Uint8Array.from([10, 20, 30, 40, 50, 60, 70, 80, 90]) };

  test('goes in order: what comes in after a brightening is not brightened', () => {
    expect([...applyOperators(picture, [use('brightness', 10), use('translateX', 2)]).data]).toEqual([
      133, 152, 171, 128, 128, 128, 128, 128, 128,
    ]);
    expect([...applyOperators(picture, [use('translateX', 2), use('brightness', 10)]).data]).toEqual([
      133, 152, 171, 243, 243, 243, 243, 243, 243,
    ]);
  });

  test('the identity, or nothing, gives the picture', () => {
    expect(applyOperators(picture, [use('identity', 7)])).toEqual(picture);
    expect(applyOperators(picture, [])).toEqual(picture);
  });
});
