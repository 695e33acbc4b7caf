import { expect, test } from 'vitest';
import { type ImageSettings, rasterToPixels } from '../../../model/image/picture.js';
import { pixelsToRaster } from '../../../model/image/pixels-to-raster.js';

const SETTINGS: ImageSettings = { size: 8, mean: [0.2, 0.5, 0.9], std: [0.1, 0.5, 0.3], resize: 'squash' };

test('gives back what the pixels were made from', () => {
  const data = Uint8Array.from({ length: 192 }, (_, i) => (i * 37) % 256);
  const raster = { width: 8, height: 8, data };
  expect([...pixelsToRaster(rasterToPixels(raster, SETTINGS), SETTINGS).data]).toEqual([...data]);
});

test('cuts what is too dark or too bright', () => {
  const { data } = pixelsToRaster(Float32Array.of(99, -99, 0), { ...SETTINGS, size: 1 });
  expect([...data]).toEqual([255, 0, 230]);
});

test('refuses pixels of another size', () => {
  expect(() => pixelsToRaster(new Float32Array(12), SETTINGS)).toThrow('pixels: expected 3 x 8 x 8 values, got 12');
});
