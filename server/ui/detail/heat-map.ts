import type { TaskAnswer } from '../api.js';
import { element } from '../element.js';

type Heat = TaskAnswer<'/v1/explain'>['tokens'][number]['heatmap'];

/** From see-through blue over yellow to red, as red, green, blue and opacity of 0 to 255. */
const COLORS: readonly (readonly [number, number, number, number])[] = [
  [20, 30, 120, 70],
  [60, 110, 230, 110],
  [250, 210, 60, 170],
  [240, 60, 40, 215],
];

function colorOf(value: number): number[] {
  const at = Math.min(1, Math.max(0, value)) * (COLORS.length - 1);
  const low = Math.min(Math.floor(at), COLORS.length - 2);
  return COLORS[low]!.map((start, channel) => Math.round(start + (at - low) * (COLORS[low + 1]![channel]! - start)));
}

/** Heat over a picture: one pixel a patch, blurred by the browser as it is made larger. Several maps are added up. */
export function createHeatMap(maps: readonly Heat[]): HTMLCanvasElement {
  const { width, height } = maps[0]!;
  const canvas = element('canvas', { class: 'heat', width, height, 'aria-hidden': 'true' });
  const context = canvas.getContext('2d')!;
  const pixels = context.createImageData(width, height);
  for (let patch = 0; patch < width * height; patch++) {
    const value = maps.reduce((most, { values }) => Math.max(most, values[patch]!), 0);
    pixels.data.set(colorOf(value), 4 * patch);
  }
  context.putImageData(pixels, 0, 0);
  return canvas;
}
