import type { Raster } from '../../model/image/picture.js';

export interface RasterCache {
  get(imageFile: string): Raster | undefined;
  add(imageFile: string, raster: Raster): void;
}

/**
 * Keeps decoded pictures, in memory shared between threads, until `bytes` are full. The first ones stay: an epoch visits every
 * picture equally often, so that replacing one by another would only cost decoding.
 */
export function createRasterCache(bytes: number): RasterCache {
  const kept = new Map<string, Raster>();
  let room = bytes;
  return {
    get: (imageFile) => kept.get(imageFile),
    add(imageFile, raster) {
      if (kept.has(imageFile) || raster.data.length > room) return;
      kept.set(imageFile, raster);
      room -= raster.data.length;
    },
  };
}
