import { describe, expect, test } from 'vitest';
import { dequantizeRows, quantizeRows } from '../../../model/precision/quantize-rows.js';
import { createRng } from '../../../model/random.js';

describe('rows as 8-bit integers', () => {
  test.each<[string, number[], number, number, number[], number[]]>([
    ['each by its own largest', [1, -2, 0, 8, 4, -6], 2, 127, [64, -127, 0, 127, 64, -95], [2 / 127, 8 / 127]],
    ['in 7 bits', [0.25, -1], 1, 63, [16, -63], [1 / 63]],
    ['of zeros', [0, 0, 3, -3], 2, 127, [0, 0, 127, -127], [1, 3 / 127]],
    ['of one number', [-5], 1, 63, [-63], [5 / 63]],
  ])('%s', (_, data, rows, largest, codes, scales) => {
    const got = quantizeRows('w', Float32Array.from(data), rows, largest);
    expect([...got.codes]).toEqual(codes);
    expect([...got.scales]).toEqual(scales.map(Math.fround));
  });

  test('come back within half of their scale', () => {
    const rng = createRng('rows');
    const data = Float32Array.from({ length: 64 * 48 }, (_, i) => rng.normal() * 10 ** (Math.floor(i / 48) % 7));
    const quantized = quantizeRows('w', data, 64, 63);
    const back = dequantizeRows(quantized);
    const excess = back.map((x, i) => Math.abs(x - data[i]!) / quantized.scales[Math.floor(i / 48)]!);
    expect(Math.max(...excess)).toBeLessThanOrEqual(0.5001);
    expect(Math.max(...quantized.codes.map(Math.abs))).toBe(63);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('are refused with %d among them', (x) => {
    expect(() => quantizeRows('layer.weight', Float32Array.of(1, x), 1, 127)).toThrow(
      `layer.weight: expected finite numbers, got ${x}`,
    );
  });
});
