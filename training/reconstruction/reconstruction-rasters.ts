import type { ImageSettings, Raster } from '../../model/image/picture.js';
import { pixelsToRaster } from '../../model/image/pixels-to-raster.js';
import type { ModelConfig } from '../../model/maskvlm/config.js';
import { greyPatches } from '../../model/maskvlm/patch-pixels.js';
import type { Reconstruction } from './reconstruct.js';

/** The three pictures of a reconstruction, S x S: as the model sees it, with grey where it is masked, and restored. */
export interface ReconstructionRasters {
  original: Raster;
  masked: Raster;
  restored: Raster;
}

export function reconstructionRasters(
  { pixels, imageMask, restored }: Reconstruction,
  { image: { patch } }: ModelConfig,
  settings: ImageSettings,
): ReconstructionRasters {
  return {
    original: pixelsToRaster(pixels, settings),
    masked: pixelsToRaster(greyPatches(pixels, imageMask, patch, settings), settings),
    restored: pixelsToRaster(restored, settings),
  };
}

/** Pictures of one height in a row, with a white gap between them. */
export function besideEachOther(pictures: readonly Raster[], gap: number): Raster {
  const height = pictures[0]!.height;
  const width = pictures.reduce((sum, picture) => sum + picture.width, gap * (pictures.length - 1));
  const data = new Uint8Array(3 * width * height).fill(255);
  let left = 0;
  for (const picture of pictures) {
    for (let y = 0; y < height; y++) {
      data.set(picture.data.subarray(3 * y * picture.width, 3 * (y + 1) * picture.width), 3 * (y * width + left));
    }
    left += picture.width + gap;
  }
  return { width, height, data };
}
