import { add, erf, mul } from '../graph/ops.js';
import type { Value } from '../graph/value.js';
import { linear } from './linear.js';
import type { Scope } from './scope.js';

/**
 * Two dense layers with an exact GELU between them, parameters `fc1` and `fc2`: [...,D] -> [...,D]. With u = x / sqrt 2,
 * gelu(x) = x (1 + erf(x / sqrt 2)) / 2 = u (1 + erf u) / sqrt 2: both factors go into the matrix products, so that no pass over the
 * wide hidden layer is spent on them. A tap of `scope` is shown the result as `<name>.out`.
 */
export function mlp(scope: Scope, name: string, x: Value, ratio: number): Value {
  return scope.within(name, (inner) => {
    const width = Number(x.shape.at(-1));
    const u = linear(inner, 'fc1', x, ratio * width, { alpha: Math.SQRT1_2, beta: Math.SQRT1_2 });
    return inner.shown('out', linear(inner, 'fc2', mul(u, add(erf(u), 1)), width, { alpha: Math.SQRT1_2 }));
  });
}
