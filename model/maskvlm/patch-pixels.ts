/** Pictures as the image encoder reads them, [3,S,S] normalised, changed patch by patch. */
import { expect } from '../errors.js';
import type { ImageSettings } from '../image/picture.js';

/**
 * What every pixel of a masked patch is given as: far below any normalised colour, and within float16. An image encoder that knows
 * the mask token reads it, so that masked pictures need no graph, no weights and no input of their own.
 */
export const MASKED_PIXEL = -1e4;

/** Calls `visit` for every value of the masked patches: its place in [3,S,S] and in [N-1,3*P*P], as patchify lays it out, and channel. */
function forMasked(
  pixels: Float32Array,
  mask: ArrayLike<number>,
  patch: number,
  visit: (inPicture: number, inPatches: number, channel: number) => void,
): void {
  const side = Math.sqrt(pixels.length / 3);
  const grid = side / patch;
  expect(Number.isInteger(grid), 'picture', `[3,S,S], S a multiple of ${patch}`, `${pixels.length} values`);
  expect(mask.length === grid * grid, 'image mask', `${grid * grid} values, one a patch`, mask.length);
  for (let index = 0; index < mask.length; index++) {
    if (!mask[index]) continue;
    const corner = Math.floor(index / grid) * patch * side + (index % grid) * patch;
    let inPatches = index * 3 * patch * patch;
    for (let channel = 0; channel < 3; channel++) {
      for (let y = 0; y < patch; y++) {
        const row = channel * side * side + corner + y * side;
        for (let x = 0; x < patch; x++) visit(row + x, inPatches++, channel);
      }
    }
  }
}

/** A copy of `pixels` [3,S,S] whose patches with a 1 in `mask` [N-1] are masked. Throws when the sizes do not fit together. */
export function maskPixels(pixels: Float32Array, mask: ArrayLike<number>, patch: number): Float32Array {
  const masked = pixels.slice();
  forMasked(pixels, mask, patch, (at) => {
    masked[at] = MASKED_PIXEL;
  });
  return masked;
}

/** As {@link maskPixels}, for people: the masked patches are of a middle grey. */
export function greyPatches(
  pixels: Float32Array,
  mask: ArrayLike<number>,
  patch: number,
  { mean, std }: Pick<ImageSettings, 'mean' | 'std'>,
): Float32Array {
  const masked = pixels.slice();
  forMasked(pixels, mask, patch, (at, _, channel) => {
    masked[at] = (0.5 - mean[channel]!) / std[channel]!;
  });
  return masked;
}

/**
 * A copy of `pixels` [3,S,S] with the patches that have a 1 in `mask` [N-1] taken from `patches` [N-1,3*P*P], as the image decoder
 * gives them. Throws when the sizes do not fit together.
 */
export function pastePatches(
  pixels: Float32Array,
  patches: Float32Array,
  mask: ArrayLike<number>,
  patch: number,
): Float32Array {
  expect(patches.length === pixels.length, 'patches', `${pixels.length} values, as many as pixels`, patches.length);
  const pasted = pixels.slice();
  forMasked(pixels, mask, patch, (at, from) => {
    pasted[at] = patches[from]!;
  });
  return pasted;
}
