import type { Raster } from '../../model/image/picture.js';
import type { Rng } from '../../model/random.js';
import { namesSide } from './orientation.js';

/**
 * Draws an order of a picture's panels, [count]: at each place, from the left, the panel that comes there. A text that names a side
 * leaves them where they are.
 */
export function drawPanels(text: string, count: number, rng: Rng): number[] {
  const inOrder = Array.from({ length: count }, (_, panel) => panel);
  return count === 1 || namesSide(text) ? inOrder : rng.shuffle(inOrder);
}

/** Puts a raster's panels, equal to a pixel, into another order: a new raster of the same size, or the given one where all stay. */
export function arrangePanels(raster: Raster, order: readonly number[]): Raster {
  if (order.every((panel, place) => panel === place)) return raster;
  const { width, height } = raster;
  const edge = (panel: number) => 3 * Math.round((panel * width) / order.length);
  const data = new Uint8Array(raster.data.length);
  for (let y = 0, target = 0; y < height; y++) {
    for (const panel of order) {
      const from = 3 * y * width;
      const strip = raster.data.subarray(from + edge(panel), from + edge(panel + 1));
      data.set(strip, target);
      target += strip.length;
    }
  }
  return { width, height, data };
}
