/** Numbers in [0, 1) from a seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Draws vectors [dimension] from a mixture of Gaussians around random unit centres. */
export function clusteredVectors(seed: number, dimension: number, centres: number, spread = 0.05): () => Float32Array {
  const random = seeded(seed);
  const gaussian = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const middle = Array.from({ length: centres }, () => {
    const direction = Float32Array.from({ length: dimension }, gaussian);
    const norm = Math.hypot(...direction);
    return direction.map((value) => value / norm);
  });
  return () => middle[Math.floor(random() * centres)]!.map((value) => value + spread * gaussian());
}

/** Vectors one after another, [count, dimension]. */
export function stacked(vectors: Float32Array[]): Float32Array<ArrayBuffer> {
  const dimension = vectors[0]?.length ?? 0;
  const all = new Float32Array(vectors.length * dimension);
  for (const [i, vector] of vectors.entries()) all.set(vector, i * dimension);
  return all;
}
