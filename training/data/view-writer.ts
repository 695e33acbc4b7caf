import type { Raster } from '../../model/image/picture.js';
import { arrangePanels } from './panels.js';
import { createPlainViewWriter } from './plain-view-writer.js';
import { applyOperators } from './rand-augment/operators.js';
import type { View } from './view.js';

/** Writes one view of a raster into [3,S,S] pixels, normalised. */
export type ViewWriter = (raster: Raster, view: View, pixels: Float32Array) => void;

/**
 * Makes a writer of views of S x S pixels. Panels are put in their order first; RandAugment operators, where a view has some, come
 * between the turning and the normalising, on 8 bits per value as in ALBEF; other views are not rounded.
 */
export function createViewWriter(size: number, mean: readonly number[], std: readonly number[]): ViewWriter {
  const writeNormalised = createPlainViewWriter(size, mean, std);
  const writeShares = createPlainViewWriter(size, [0, 0, 0], [1, 1, 1]);
  const raster: Raster = { width: size, height: size, data: new Uint8Array(3 * size * size) };
  const tables = [0, 1, 2].map((channel) =>
    Float32Array.from({ length: 256 }, (_, value) => (value / 255 - mean[channel]!) / std[channel]!),
  );
  return (whole, view, pixels) => {
    const source = arrangePanels(whole, view.panels);
    if (view.operators.length === 0) return writeNormalised(source, view, pixels);
    writeShares(source, view, pixels);
    for (let channel = 0, s = 0; channel < 3; channel++) {
      for (let i = channel; i < raster.data.length; i += 3) raster.data[i] = pixels[s++]! * 255 + 0.5;
    }
    const { data } = applyOperators(raster, view.operators);
    for (let channel = 0, s = 0; channel < 3; channel++) {
      const table = tables[channel]!;
      for (let i = channel; i < data.length; i += 3) pixels[s++] = table[data[i]!]!;
    }
  };
}
