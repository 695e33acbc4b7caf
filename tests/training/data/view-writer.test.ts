import { describe, expect, test } from 'vitest';
import type { Raster } from '../../../model/image/picture.js';
import { createPlainViewWriter } from '../../../training/data/plain-view-writer.js';
import type { OperatorUse } from '../../../training/data/rand-augment/operators.js';
import type { View } from '../../../training/data/view.js';
import { createViewWriter } from '../../../training/data/view-writer.js';

const S = 8;
const [mean, std] = [
  [0.4, 0.5, 0.6],
  [0.2, 0.3, 0.4],
];
const raster: Raster = {
  width: 20,
  height: 12,
  data: Uint8Array.from({ length: 720 }, (_, i) => 40 + 7 * (Math.floor(i / 3) % 20) + 10 * (i % 3)),
};

const view = (operators: OperatorUse[], changes: Partial<View> = {}): View => ({
  panels: [0],
  box: { x: 2, y: 1, width: 16, height: 10 },
  orientation: { transpose: false, mirrorX: false, mirrorY: false },
  brightness: 1,
  contrast: 1,
  operators,
  ...changes,
});
const use = (name: OperatorUse['name'], level = 7): OperatorUse => ({ name, level, sign: 1 });

function write(create: typeof createViewWriter, of: View): Float32Array {
  const pixels = new Float32Array(3 * S * S);
  create(S, mean!, std!)(raster, of, pixels);
  return pixels;
}
/** Back to 0 to 255, [3][S * S]. */
const values = (pixels: Float32Array) =>
  [0, 1, 2].map((c) =>
    Array.from(pixels.subarray(c * S * S, (c + 1) * S * S), (value) => (value * std![c]! + mean![c]!) * 255),
  );

describe('a view', () => {
  test('without operators is written as ever, to the bit', () => {
    const toned = view([], { brightness: 1.2, contrast: 0.8 });
    expect(write(createViewWriter, toned)).toEqual(write(createPlainViewWriter, toned));
  });

  test('with the identity differs by less than the rounding to 8 bits', () => {
    const [got, want] = [write(createViewWriter, view([use('identity')])), write(createPlainViewWriter, view([]))];
    for (const [c, plane] of values(got).entries()) {
      for (const [i, value] of plane.entries()) {
        expect(Math.abs(value - Math.round(value))).toBeLessThan(1e-3);
        expect(Math.abs(value - values(want)[c]![i]!)).toBeLessThanOrEqual(0.501);
      }
    }
  });

  test('is turned first, then changed, and normalised at last', () => {
    // As many pixels as the view has: each value is one of the picture's.
    const box = { x: 2, y: 1, width: S, height: S };
    const mirrored = { box, orientation: { transpose: false, mirrorX: true, mirrorY: false } };
    const upright = values(write(createPlainViewWriter, view([], { box })));
    for (const [c, plane] of values(write(createViewWriter, view([use('translateX', 2)], mirrored))).entries()) {
      for (let y = 0; y < S; y++) {
        for (let x = 0; x < S; x++) {
          const want = x < S - 2 ? Math.round(upright[c]![y * S + S - 1 - (x + 2)]!) : 128;
          expect(plane[y * S + x]).toBeCloseTo(want, 3);
        }
      }
    }
  });

  test('leaves the next one alone', () => {
    const writer = createViewWriter(S, mean!, std!);
    const pixels = new Float32Array(3 * S * S);
    writer(raster, view([use('brightness'), use('rotate')]), pixels);
    writer(raster, view([]), pixels);
    expect(pixels).toEqual(write(createPlainViewWriter, view([])));
  });
});
