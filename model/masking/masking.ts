import { expect } from '../errors.js';
import type { Rng } from '../random.js';
import type { SpecialIds } from '../tokenizer/tokenizer.js';

/** How much of a picture is hidden: `ratio` of all squares of `unit` x `unit` patches. */
export interface ImageMasking {
  ratio: number;
  unit: number;
}

/** Side of the patch grid, S / P. Throws unless patches fill the picture and units of masking fill the grid. */
export function patchGrid(imageSize: number, patchSize: number, unit: number): number {
  const side = imageSize / patchSize;
  expect(Number.isInteger(side), 'image size', `a multiple of the patch size ${patchSize}`, imageSize);
  expect(side % unit === 0, 'masking.image.unit', `a divisor of the ${side} patches of a side`, unit);
  return side;
}

/**
 * Draws an image mask as SimMIM does: exactly ceil(ratio * units) units are masked, each set of that size equally likely
 * (SimMIM data_simmim.py:21-45; the paper's ratio is 0.6 with 32 px units). Writes [N] = [grid * grid] values, 1 = masked, row by
 * row from the top left.
 */
export function maskImage(mask: Float32Array, grid: number, { ratio, unit }: ImageMasking, rng: Rng): void {
  const perSide = grid / unit;
  const units = Array.from({ length: perSide * perSide }, (_, index) => index);
  // The tolerance keeps a product such as 0.28 * 25 = 7.000000000000001 from masking one unit more.
  const masked = rng.shuffle(units).slice(0, Math.ceil(ratio * units.length - 1e-9));
  mask.fill(0);
  for (const index of masked) {
    const top = Math.floor(index / perSide) * unit;
    const left = (index % perSide) * unit;
    for (let y = top; y < top + unit; y++) mask.fill(1, y * grid + left, y * grid + left + unit);
  }
}

/**
 * Draws a text mask: every ordinary token is masked with probability `ratio`, and when that leaves none, one of them at random,
 * so that a text with a word always has a loss. Special tokens and padding are never masked. Writes [L] values, 1 = masked; the
 * model puts <mask> there, always (no random or kept tokens: the paper, section 3.1).
 */
export function maskText(
  mask: Float32Array,
  inputIds: readonly number[],
  special: SpecialIds,
  ratio: number,
  rng: Rng,
): void {
  const specialIds = new Set(Object.values(special));
  mask.fill(0);
  const ordinary: number[] = [];
  let masked = 0;
  for (const [index, id] of inputIds.entries()) {
    if (specialIds.has(id)) continue;
    ordinary.push(index);
    if (rng.next() >= ratio) continue;
    mask[index] = 1;
    masked++;
  }
  if (masked === 0 && ordinary.length > 0) mask[rng.pick(ordinary)] = 1;
}
