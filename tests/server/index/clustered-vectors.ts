import { gaussianMixture } from '../../../server/bench/gaussian-mixture.js';

/** Draws vectors [dimension] from a mixture of Gaussians around random unit centres. */
export function clusteredVectors(seed: number, dimension: number, centres: number, spread = 0.05): () => Float32Array {
  return gaussianMixture(seed, dimension, centres, spread);
}

/** Vectors one after another, [count, dimension]. */
export function stacked(vectors: Float32Array[]): Float32Array<ArrayBuffer> {
  const dimension = vectors[0]?.length ?? 0;
  const all = new Float32Array(vectors.length * dimension);
  for (const [i, vector] of vectors.entries()) all.set(vector, i * dimension);
  return all;
}
