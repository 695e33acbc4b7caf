import type { Raster } from '../../../model/image/picture.js';

/** Where the value of pixel (x, y) is taken from: (xFromX x + xFromY y + x, yFromX x + yFromY y + y), in pixels, centres at whole numbers. */
export interface Affine {
  xFromX: number;
  xFromY: number;
  x: number;
  yFromX: number;
  yFromY: number;
  y: number;
}

/** Grey of what lies beyond the picture (ALBEF dataset/randaugment.py:283). */
const BEYOND = 128;

/** Pixels of it on every side: wherever a value is taken from, its four neighbours are pixels or this grey. */
const MARGIN = 2;

/**
 * Moves every pixel of a picture; its size stays. Bilinear, rounded to the nearest value; beyond the edges everything is grey, and what
 * falls on an edge blends into it. OpenCV's warpAffine with INTER_LINEAR and a constant border, up to rounding.
 */
export function warp(raster: Raster, from: Affine): Raster {
  const { width, height } = raster;
  const out = new Uint8Array(width * height * 3);
  const data = surround(raster);
  const row = (width + 2 * MARGIN) * 3;
  for (let y = 0, target = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const sourceX = from.xFromX * x + (from.xFromY * y + from.x);
      const sourceY = from.yFromX * x + (from.yFromY * y + from.y);
      const left = Math.floor(sourceX);
      const top = Math.floor(sourceY);
      // The shares of the pixels at the lower right, lower left, upper right and upper left.
      const d = (sourceX - left) * (sourceY - top);
      const c = sourceY - top - d;
      const b = sourceX - left - d;
      const a = 1 - b - c - d;
      let s = placeOf(top, height) * row + placeOf(left, width) * 3;
      for (const end = target + 3; target < end; target++, s++) {
        out[target] = a * data[s]! + b * data[s + 3]! + c * data[s + row]! + d * data[s + row + 3]! + 0.5;
      }
    }
  }
  return { width, height, data: out };
}

/** A position of an axis of `length` pixels in the surrounded picture; what is further away than the margin lies in it. */
const placeOf = (position: number, length: number): number => Math.max(-MARGIN, Math.min(length, position)) + MARGIN;

/** The pixels with a margin of grey on all sides. */
function surround({ width, height, data }: Raster): Uint8Array {
  const row = (width + 2 * MARGIN) * 3;
  const out = new Uint8Array((height + 2 * MARGIN) * row).fill(BEYOND);
  for (let y = 0; y < height; y++) {
    out.set(data.subarray(y * width * 3, (y + 1) * width * 3), (y + MARGIN) * row + MARGIN * 3);
  }
  return out;
}
