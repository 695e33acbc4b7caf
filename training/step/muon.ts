import { add, div, matMul, mul, reduceSum, reshape, sqrt, transposeLast } from '../../model/graph/ops.js';
import type { Value } from '../../model/graph/value.js';
import type { MatrixShape } from './flat-parameters.js';
import type { BlockState, BlockUpdate } from './optimizer.js';

export interface MuonSettings {
  /** Decay of the mean gradient whose singular values are evened out. */
  momentum: number;
}

/** Coefficients of the quintic a x + b x^3 + c x^5 that takes singular values from (0, 1] towards 1 fastest (Jordan et al. 2024). */
const [A, B, C] = [3.4445, -4.775, 2.0315] as const;
const ITERATIONS = 5;
/** The root mean square that AdamW's updates usually have (Liu et al. 2025, section 2.2): one learning rate suits both rules. */
const UPDATE_SIZE = 0.2;

/**
 * Muon (Jordan et al. 2024) for weight matrices: with s the factor that clips the gradient's norm and Nesterov's momentum,
 *   m = mu m + (1 - mu) s g,  change = 0.2 sqrt(max(rows, columns)) orthogonalize(mu m + (1 - mu) s g).
 * The second moment is not used, and stays as it is.
 */
export function muonRule({ momentum }: MuonSettings, { clip }: { clip: Value | null }) {
  const share = clip ? mul(clip, 1 - momentum) : 1 - momentum;
  return ({ gradient, moment1, moment2 }: BlockState, { count, rows, columns }: MatrixShape): BlockUpdate => {
    const fresh = mul(gradient, share);
    const moment = add(mul(moment1, momentum), fresh);
    const ahead = reshape(add(mul(moment, momentum), fresh), [count, rows, columns]);
    const factor = UPDATE_SIZE * Math.sqrt(Math.max(rows, columns));
    return { change: reshape(orthogonalize(ahead), gradient.shape), factor, moment1: moment, moment2 };
  };
}

/** U V^T of the singular value decomposition U S V^T of each matrix [n, rows, columns], with 0.7 to 1.2 for the ones on S: Newton-Schulz. */
export function orthogonalize(matrices: Value): Value {
  const [, rows, columns] = matrices.shape as [number, number, number];
  const norm = sqrt(reduceSum(mul(matrices, matrices), [1, 2], true));
  let x = div(rows > columns ? transposeLast(matrices) : matrices, add(norm, 1e-7));
  for (let i = 0; i < ITERATIONS; i++) {
    const gram = matMul(x, transposeLast(x)); // of the shorter side
    x = add(mul(x, A), matMul(add(mul(gram, B), mul(matMul(gram, gram), C)), x));
  }
  return rows > columns ? transposeLast(x) : x;
}
