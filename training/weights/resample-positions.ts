import { planResampling } from '../data/bicubic.js';

/**
 * The two published ways to fit position embeddings to another grid, both bicubic with the corners of the outer pixels aligned:
 * `pytorch` is F.interpolate's default (ALBEF, BLIP), a = -0.75 and the border repeated; `timm` has antialias=True (timm, open_clip),
 * a = -0.5, weights beyond the border dropped and the kernel widened where the grid shrinks. They differ even where it grows.
 */
export const POSITION_RESAMPLINGS = ['pytorch', 'timm'] as const;
export type PositionResampling = (typeof POSITION_RESAMPLINGS)[number];

const A = -0.75;

function cubic(distance: number): number {
  const x = Math.abs(distance);
  if (x < 1) return ((A + 2) * x - (A + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * A;
  return 0;
}

/** Weights [to, from] of one axis. */
function axisWeights(from: number, to: number, resampling: PositionResampling): Float64Array {
  const matrix = new Float64Array(to * from);
  if (resampling === 'timm') {
    const { starts, weights, taps } = planResampling(0, from, to);
    for (let i = 0; i < to; i++)
      for (let t = 0; t < taps; t++) matrix[i * from + starts[i]! + t] = weights[i * taps + t]!;
    return matrix;
  }
  for (let i = 0; i < to; i++) {
    const centre = ((i + 0.5) * from) / to - 0.5;
    for (let tap = Math.floor(centre) - 1; tap <= Math.floor(centre) + 2; tap++)
      matrix[i * from + Math.max(0, Math.min(from - 1, tap))]! += cubic(centre - tap);
  }
  return matrix;
}

interface Axis {
  /** Products of the dimensions before and after the axis. */
  outer: number;
  inner: number;
  from: number;
  to: number;
}

/** Multiplies one axis of `values` [outer,from,inner] by `weights` [to,from]: [outer,to,inner]. */
function resampleAxis(values: Float32Array | Float64Array, weights: Float64Array, axis: Axis): Float64Array {
  const { outer, inner, from, to } = axis;
  const out = new Float64Array(outer * to * inner);
  for (let i = 0; i < outer * to * from; i++) {
    const [o, t, f] = [Math.floor(i / (to * from)), Math.floor(i / from) % to, i % from];
    const weight = weights[t * from + f]!;
    if (weight === 0) continue;
    for (let k = 0; k < inner; k++) out[(o * to + t) * inner + k]! += weight * values[(o * from + f) * inner + k]!;
  }
  return out;
}

/**
 * Fits the position embeddings of a grid of patches to another one: table [1 + from^2, D], [CLS] first, patches row by row ->
 * [1 + to^2, D]. [CLS] keeps its own.
 */
export function resamplePositions(
  table: Float32Array,
  width: number,
  { from, to }: { from: number; to: number },
  resampling: PositionResampling,
): Float32Array {
  const weights = axisWeights(from, to, resampling);
  const across = resampleAxis(table.subarray(width), weights, { outer: from, inner: width, from, to });
  const out = new Float32Array((1 + to * to) * width);
  out.set(table.subarray(0, width));
  out.set(resampleAxis(across, weights, { outer: 1, inner: to * width, from, to }), width);
  return out;
}
