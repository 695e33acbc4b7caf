import type { Raster } from '../../model/image/picture.js';

export interface RasterCache {
  get(imageKey: string): Raster | undefined;
  add(imageKey: string, raster: Raster): void;
}

/**
 * Keeps decoded pictures, in memory shared between threads, until `bytes` are full. The first ones stay: an epoch visits every
 * picture equally often, so that replacing one by another would only cost decoding.
 */
export function createRasterCache(bytes: number): RasterCache {
  const kept = new Map<string, Raster>();
  let room = bytes;
  return {
    get: (imageKey) => kept.get(imageKey),
    add(imageKey, raster) {
      if (kept.has(imageKey) || raster.data.length > room) return;
      kept.set(imageKey, raster);
      room -= raster.data.length;
    },
  };
}
