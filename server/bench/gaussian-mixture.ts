import { createRng } from '../../model/random.js';

/**
 * Draws vectors [E] of any norm from a mixture of equally likely Gaussians around random unit vectors; `spread` is the standard deviation of
 * each coordinate around its centre. Same arguments, same vectors.
 */
export function gaussianMixture(
  seed: number,
  dimension: number,
  centres: number,
  spread: number,
): () => Float32Array<ArrayBuffer> {
  const { normal, int } = createRng(seed);
  const middle = Array.from({ length: centres }, () => {
    const direction = Float32Array.from({ length: dimension }, normal);
    const norm = Math.hypot(...direction);
    return direction.map((value) => value / norm);
  });
  return () => middle[int(centres)]!.map((value) => value + spread * normal());
}
