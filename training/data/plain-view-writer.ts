import type { Raster } from '../../model/image/picture.js';
import { planResampling, type Resampling } from './bicubic.js';
import type { Orientation } from './orientation.js';
import type { Box, View } from './view.js';

/** A view of a picture whose panels are in order, without its RandAugment operators. */
export type PlainView = Omit<View, 'panels' | 'operators'>;

/**
 * Makes a writer of views of S x S pixels: bicubic antialiased resize of the box, brightness and contrast, clamp to 0-255, turn,
 * and (value / 255 - mean) / std per channel. It keeps its scratch memory between pictures.
 */
export function createPlainViewWriter(
  size: number,
  mean: readonly number[],
  std: readonly number[],
): (raster: Raster, view: PlainView, pixels: Float32Array) => void {
  const row = new Float32Array(size);
  let columns = new Float32Array(0);
  return (raster, view, pixels) => {
    const { box, orientation } = view;
    const plane = box.height * size;
    if (columns.length < 3 * plane) columns = new Float32Array(3 * plane);
    resizeRows(raster, box, size, columns);
    const vertical = planResampling(0, box.height, size);
    const tone = toneOf(view, view.contrast === 1 ? 0 : meanGrey(raster, box));
    const place = placement(orientation, size);
    for (let channel = 0; channel < 3; channel++) {
      const low = -mean[channel]! / std[channel]!;
      const high = (1 - mean[channel]!) / std[channel]!;
      const gain = ((high - low) / 255) * tone.gain;
      const offset = ((high - low) / 255) * tone.offset + low;
      for (let y = 0; y < size; y++) {
        blendRows(columns, channel * plane, vertical, y, row);
        let target = channel * size * size + place.origin + y * place.perY;
        for (let x = 0; x < size; x++, target += place.perX) {
          const value = row[x]! * gain + offset;
          pixels[target] = Math.max(low, Math.min(high, value));
        }
      }
    }
  };
}

// Both passes take four taps at once, which is what enlarging needs: most of a training loader's time is spent here.

/** Resizes every row of a box to S positions, and parts the channels: columns [3, height, S]. */
function resizeRows({ data, width }: Raster, box: Box, size: number, columns: Float32Array): void {
  const { starts, weights, taps } = planResampling(box.x, box.width, size);
  const plane = box.height * size;
  for (let y = 0, target = 0; y < box.height; y++) {
    const origin = (box.y + y) * width * 3;
    for (let x = 0; x < size; x++, target++) {
      let red = 0;
      let green = 0;
      let blue = 0;
      let s = origin + starts[x]! * 3;
      let w = x * taps;
      const end = w + taps;
      for (; w + 4 <= end; w += 4, s += 12) {
        const a = weights[w]!;
        const b = weights[w + 1]!;
        const c = weights[w + 2]!;
        const d = weights[w + 3]!;
        red += a * data[s]! + b * data[s + 3]! + c * data[s + 6]! + d * data[s + 9]!;
        green += a * data[s + 1]! + b * data[s + 4]! + c * data[s + 7]! + d * data[s + 10]!;
        blue += a * data[s + 2]! + b * data[s + 5]! + c * data[s + 8]! + d * data[s + 11]!;
      }
      for (; w < end; w++, s += 3) {
        red += weights[w]! * data[s]!;
        green += weights[w]! * data[s + 1]!;
        blue += weights[w]! * data[s + 2]!;
      }
      columns[target] = red;
      columns[target + plane] = green;
      columns[target + 2 * plane] = blue;
    }
  }
}

/** row = the weighted sum, for output row y, of the rows of `columns` that start at `plane`. */
function blendRows(
  columns: Float32Array,
  plane: number,
  { starts, weights, taps }: Resampling,
  y: number,
  row: Float32Array,
): void {
  const size = row.length;
  let s = plane + starts[y]! * size;
  let w = y * taps;
  const end = w + taps;
  row.fill(0);
  for (; w + 4 <= end; w += 4, s += 4 * size) {
    const a = weights[w]!;
    const b = weights[w + 1]!;
    const c = weights[w + 2]!;
    const d = weights[w + 3]!;
    for (let x = 0; x < size; x++) {
      const i = s + x;
      row[x]! += a * columns[i]! + b * columns[i + size]! + c * columns[i + 2 * size]! + d * columns[i + 3 * size]!;
    }
  }
  for (; w < end; w++, s += size) for (let x = 0; x < size; x++) row[x]! += weights[w]! * columns[s + x]!;
}

/** out = contrast * (brightness * value - m) + m, with m the mean grey after brightness: one gain and one offset. */
function toneOf({ brightness, contrast }: PlainView, grey: number): { gain: number; offset: number } {
  return { gain: brightness * contrast, offset: brightness * grey * (1 - contrast) };
}

/** Mean luma of a box, 0 to 255 (ITU-R 601, as Pillow's grey). */
function meanGrey({ data, width }: Raster, box: Box): number {
  let sum = 0;
  for (let y = box.y; y < box.y + box.height; y++) {
    const from = (y * width + box.x) * 3;
    for (let i = from; i < from + box.width * 3; i += 3) {
      sum += 0.299 * data[i]! + 0.587 * data[i + 1]! + 0.114 * data[i + 2]!;
    }
  }
  return sum / (box.width * box.height);
}

/** Where pixel (x, y) of the upright view lands: origin + x * perX + y * perY within its channel. */
function placement({ transpose, mirrorX, mirrorY }: Orientation, size: number) {
  const across = { from: mirrorX ? size - 1 : 0, step: mirrorX ? -1 : 1 };
  const down = { from: mirrorY ? (size - 1) * size : 0, step: mirrorY ? -size : size };
  const [perX, perY] = transpose ? [down.step, across.step] : [across.step, down.step];
  return { origin: across.from + down.from, perX, perY };
}
