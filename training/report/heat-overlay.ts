import type { Raster } from '../../model/image/picture.js';

/** How much of the picture the highest heat covers, in [0, 1]. */
const OPACITY = 0.85;

/** The heat at a point of the picture, x and y in patches: bilinear between the middles of the patches. */
function heatAt(heat: Float32Array, grid: number, x: number, y: number): number {
  const inside = (at: number) => Math.min(grid - 1, Math.max(0, at));
  const [left, top] = [Math.floor(x - 0.5), Math.floor(y - 0.5)];
  const [right, down] = [x - 0.5 - left, y - 0.5 - top];
  const cell = (row: number, column: number) => heat[inside(row) * grid + inside(column)]!;
  const upper = cell(top, left) * (1 - right) + cell(top, left + 1) * right;
  const lower = cell(top + 1, left) * (1 - right) + cell(top + 1, left + 1) * right;
  return upper * (1 - down) + lower * down;
}

/** Orange where there is some heat, a light yellow where there is most. */
const heatColour = (value: number): readonly [number, number, number] => [255, 70 + 165 * value, 20 + 80 * value ** 2];

/**
 * A picture without its colours, with those of `heat` [N-1] over its patches, row by row. The highest heat is covered most; without
 * any heat the picture is grey all over.
 */
export function heatOverlay({ width, height, data }: Raster, heat: Float32Array): Raster {
  const grid = Math.sqrt(heat.length);
  const most = heat.reduce((a, b) => Math.max(a, b), 0);
  const covered = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = 3 * (y * width + x);
      const value = most > 0 ? heatAt(heat, grid, ((x + 0.5) * grid) / width, ((y + 0.5) * grid) / height) / most : 0;
      // ITU-R BT.601
      const grey = 0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]!;
      const share = OPACITY * value;
      heatColour(value).forEach((colour, channel) => {
        covered[at + channel] = Math.round(grey * (1 - share) + colour * share);
      });
    }
  }
  return { width, height, data: covered };
}
