// Bicubic interpolation of position embeddings, against numbers worked out by hand and numbers of PyTorch.
import { describe, expect, test } from 'vitest';
import { type PositionResampling, resamplePositions } from '../../../training/weights/resample-positions.js';

/** Resamples a grid of numbers (D = 1); [CLS] is 100. */
function resample(grid: readonly number[], to: number, resampling: PositionResampling): number[] {
  const out = resamplePositions(Float32Array.of(100, ...grid), 1, { from: Math.sqrt(grid.length), to }, resampling);
  expect(out[0]).toBe(100);
  return [...out.subarray(1)];
}
const expectClose = (got: readonly number[], wanted: readonly number[]) => {
  expect(got).toHaveLength(wanted.length);
  for (const [i, x] of wanted.entries()) expect(got[i], `${i}`).toBeCloseTo(x, 5);
};

/**
 * Two positions made four: the new ones lie at -1/4, 1/4, 3/4 and 5/4. With the kernel w of a = -0.75 and the border repeated, the first
 * takes 1 - w(5/4) = 1 + 0.10546875 of the left one; the second w(1/4) + w(5/4) = 0.87890625 - 0.10546875. With a = -0.5 and nothing
 * beyond the border they take 0.8671875 / (0.8671875 - 0.0703125) and 0.8671875 / (0.8671875 + 0.2265625).
 */
const LEFT: Record<PositionResampling, number[]> = {
  pytorch: [1.10546875, 0.7734375, 0.2265625, -0.10546875],
  timm: [0.8671875 / 0.796875, 0.8671875 / 1.09375, 0.2265625 / 1.09375, -0.0703125 / 0.796875],
};

describe.each(['pytorch', 'timm'] as const)('%s', (resampling) => {
  test('two by two made four by four, by hand', () => {
    const left = LEFT[resampling];
    expectClose(
      resample([1, 0, 0, 0], 4, resampling),
      left.flatMap((row) => left.map((column) => row * column)),
    );
    expectClose(
      resample([0, 1, 0, 0], 4, resampling),
      left.flatMap((row) => left.map((column) => row * (1 - column))),
    );
  });

  test('a constant stays one, and the same grid stays the same', () => {
    expectClose(resample(Array(9).fill(2), 7, resampling), Array(49).fill(2));
    expectClose(resample(Array(49).fill(2), 3, resampling), Array(9).fill(2));
    expectClose(resample([1, 2, 3, 4], 2, resampling), [1, 2, 3, 4]);
  });

  test('every column of the width is interpolated by itself', () => {
    const grid = [3, -1, 0.5, 2];
    const wide = Float32Array.of(7, 8, 9, ...grid.flatMap((x) => [x, 10 * x, 0]));
    const out = resamplePositions(wide, 3, { from: 2, to: 3 }, resampling);
    const single = resample(grid, 3, resampling);
    expect([...out.subarray(0, 3)]).toEqual([7, 8, 9]);
    expectClose(
      [...out.subarray(3)],
      single.flatMap((x) => [x, 10 * x, 0]),
    );
  });
});

/** torch.nn.functional.interpolate(grid, size, mode='bicubic', align_corners=False, antialias=timm) of PyTorch 2.13. */
test.each<[PositionResampling, number, number[]]>([
  [
    'pytorch',
    5,
    [
      1.395904064, -0.787231624, -2.575999975, 0.810593247, 3.956160307, 0.705872118, 0.616648495, 0.616000772,
      1.03115201, 1.370047212, 0.164000213, 2.217999697, 4, 1.191999197, -1.48, 1.32420874, 1.763031125, 1.983998775,
      0.773967862, -0.260606766, 2.38668847, 1.049663901, -0.383999825, 0.398496777, 1.343296289,
    ],
  ],
  [
    'timm',
    5,
    [
      1.301174521, -0.444241107, -2.452829838, 1.127148151, 3.736204386, 0.793227196, 0.536450207, 0.283582211,
      1.056972861, 1.599830866, 0.235849172, 1.951492667, 4, 0.910447001, -1.377358317, 1.434877753, 1.598212123,
      1.671640992, 0.673702121, 0.002253462, 2.295478582, 1.20107007, -0.301886678, 0.533230305, 1.260590792,
    ],
  ],
  ['pytorch', 2, [0.44303894, 1.404823303, 1.548538208, 0.548851013]],
  ['timm', 2, [0.537639379, 1.058896661, 1.580153704, 0.672246695]],
])('%s, three by three made %d wide, as PyTorch does it', (resampling, to, wanted) => {
  expectClose(resample([1, -2, 3, 0.5, 4, -1, 2, 0, 1], to, resampling), wanted);
});
