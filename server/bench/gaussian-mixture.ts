import { seeded } from '../index/seeded.js';

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
  const random = seeded(seed);
  const gaussian = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const middle = Array.from({ length: centres }, () => {
    const direction = Float32Array.from({ length: dimension }, gaussian);
    const norm = Math.hypot(...direction);
    return direction.map((value) => value / norm);
  });
  return () => middle[Math.floor(random() * centres)]!.map((value) => value + spread * gaussian());
}
