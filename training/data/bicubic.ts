/** One axis of a resize: output position i is the sum over t of weights[i * taps + t] * input[starts[i] + t]. */
export interface Resampling {
  starts: Int32Array;
  weights: Float32Array;
  taps: number;
}

const A = -0.5;

/** Keys' cubic kernel with a = -0.5, as in Pillow and in every torchvision bicubic resize of a PIL picture. */
function cubic(distance: number): number {
  const x = Math.abs(distance);
  if (x < 1) return ((A + 2) * x - (A + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * A;
  return 0;
}

/**
 * Plans the antialiased bicubic resize of the stretch [from, from + length) of an axis to `size` positions. The kernel widens
 * with the scale when it shrinks. Weights beyond the stretch are dropped and the rest scaled to sum to 1, as Pillow does.
 */
export function planResampling(from: number, length: number, size: number): Resampling {
  const scale = length / size;
  const stretch = Math.max(scale, 1);
  const taps = Math.min(length, Math.ceil(4 * stretch));
  const starts = new Int32Array(size);
  const weights = new Float32Array(size * taps);
  for (let i = 0; i < size; i++) {
    const centre = (i + 0.5) * scale;
    const start = Math.max(0, Math.min(length - taps, Math.floor(centre - 2 * stretch + 0.5)));
    starts[i] = from + start;
    let sum = 0;
    for (let t = 0; t < taps; t++) sum += weights[i * taps + t] = cubic((start + t + 0.5 - centre) / stretch);
    for (let t = 0; t < taps; t++) weights[i * taps + t]! /= sum;
  }
  return { starts, weights, taps };
}
