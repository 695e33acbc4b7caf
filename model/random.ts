/** A seeded stream of random numbers: same keys, same stream, on every machine. */
export interface Rng {
  /** Uniform in [0, 1), 53 bits. */
  next(): number;
  /** Uniform integer in [0, n). */
  int(n: number): number;
  /** One element, each equally likely. */
  pick<T>(list: readonly T[]): T;
  /** A shuffled copy; the argument stays as it is. */
  shuffle<T>(list: readonly T[]): T[];
  /** Standard normal. */
  normal(): number;
  /** Standard Gumbel, -log(-log(u)): adding it to log-weights and taking the maximum samples by those weights. */
  gumbel(): number;
}

/**
 * Makes a generator from keys such as (seed, 'train', 17). Streams of different keys are independent, so that the order in which
 * workers take their share never changes a result.
 */
export function createRng(...keys: (number | string)[]): Rng {
  const next = sfc32(...hashKeys(keys));
  const uniform = () => ((next() >>> 5) * 67108864 + (next() >>> 6)) / 9007199254740992;
  const int = (n: number) => Math.floor(uniform() * n);
  // 1 - u lies in (0, 1]: its logarithm is finite.
  const exponential = () => -Math.log(1 - uniform());
  return {
    next: uniform,
    int,
    pick: (list) => list[int(list.length)]!,
    shuffle(list) {
      const copy = [...list];
      for (let i = copy.length - 1; i > 0; i--) {
        const j = int(i + 1);
        [copy[i], copy[j]] = [copy[j]!, copy[i]!];
      }
      return copy;
    },
    normal: () => Math.sqrt(2 * exponential()) * Math.cos(2 * Math.PI * uniform()),
    gumbel: () => -Math.log(exponential() || Number.MIN_VALUE),
  };
}

/** sfc32 by Chris Doty-Humphrey (PractRand): 128 bits of state, period at least 2^32, fast in 32-bit integers. */
function sfc32(seedA: number, seedB: number, seedC: number): () => number {
  let [a, b, c, counter] = [seedA, seedB, seedC, 1];
  const step = () => {
    const t = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + t;
    c |= 0;
    return t >>> 0;
  };
  for (let i = 0; i < 15; i++) step();
  return step;
}

/** FNV-1a over a type-tagged spelling of the keys, under three offsets, each finished by the murmur3 mixer. */
function hashKeys(keys: (number | string)[]): [number, number, number] {
  const spelling = new TextEncoder().encode(JSON.stringify(keys));
  const hash = (offset: number) => {
    let h = offset;
    for (const byte of spelling) h = Math.imul(h ^ byte, 0x01000193);
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return h ^ (h >>> 16);
  };
  return [hash(0x811c9dc5), hash(0x9e3779b9), hash(0x7f4a7c15)];
}
