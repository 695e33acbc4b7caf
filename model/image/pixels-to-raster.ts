import { expect } from '../errors.js';
import type { ImageSettings, Raster } from './picture.js';

/** The picture that normalised pixels [3,S,S] show, as rasterToPixels made them; what lies outside of 0 to 255 is cut to it. */
export function pixelsToRaster(
  pixels: Float32Array,
  { size, mean, std }: Pick<ImageSettings, 'size' | 'mean' | 'std'>,
): Raster {
  const area = size * size;
  expect(pixels.length === 3 * area, 'pixels', `3 x ${size} x ${size} values`, pixels.length);
  const data = new Uint8Array(3 * area);
  for (let channel = 0; channel < 3; channel++) {
    for (let i = 0; i < area; i++) {
      const value = 255 * (pixels[channel * area + i]! * std[channel]! + mean[channel]!);
      data[3 * i + channel] = Math.min(255, Math.max(0, Math.round(value)));
    }
  }
  return { width: size, height: size, data };
}
