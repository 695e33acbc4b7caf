import { expect, test } from 'vitest';
import { heatOverlay } from '../../../training/report/heat-overlay.js';

const flat = (side: number, [red, green, blue]: readonly [number, number, number]) => ({
  width: side,
  height: side,
  data: Uint8Array.from({ length: 3 * side * side }, (_, i) => [red, green, blue][i % 3]!),
});
const pixel = ({ width, data }: { width: number; data: Uint8Array }, x: number, y: number) => [
  ...data.subarray(3 * (y * width + x), 3 * (y * width + x) + 3),
];

test('heat is where its patch is, and fades towards the others', () => {
  const shown = heatOverlay(flat(8, [100, 100, 100]), Float32Array.of(0, 1, 0, 0));
  const heat = (x: number, y: number) => pixel(shown, x, y)[0]! - 100;
  expect(heat(7, 0)).toBeGreaterThan(100);
  expect(heat(0, 7)).toBe(0);
  expect(heat(4, 0)).toBeLessThan(heat(6, 0));
  expect(heat(4, 0)).toBeGreaterThan(heat(2, 0));
});

test('the scale of the heat does not matter', () => {
  const [small, large] = [1e-9, 1e9].map((scale) =>
    heatOverlay(flat(4, [9, 99, 200]), Float32Array.of(0, scale, scale / 2, 0)),
  );
  expect([...small!.data]).toEqual([...large!.data]);
});

test('without any heat the picture is grey', () => {
  const { data } = heatOverlay(flat(2, [255, 0, 0]), new Float32Array(4));
  expect([...data]).toEqual(Array(12).fill(76));
});
