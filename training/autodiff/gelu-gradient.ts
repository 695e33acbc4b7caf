import { add, exp, mul, sub } from '../../model/graph/ops.js';
import type { Value } from '../../model/graph/value.js';

/** d erf(x)/dx = 2/sqrt(pi) exp(-x^2), the factor taken into the exponent. */
export const erfSlope = (x: Value): Value => exp(sub(Math.log(2 / Math.sqrt(Math.PI)), mul(x, x)));

/** Whether u gate is u (1 + erf u), as feed-forwards write their GELU. */
function isGelu(u: Value, gate: Value): boolean {
  if (gate.producer?.op !== 'Add') return false;
  const [erf, one] = gate.producer.inputs as [Value, Value];
  return one === u.graph.scalar(1) && erf.producer?.op === 'Erf' && erf.producer.inputs[0] === u;
}

/**
 * The gradient of the product u gate as a function of u alone, where it is u (1 + erf u): dy (gate + u erf'(u)). By the rules of its
 * operators it would be dy gate + (dy u) erf'(u): a pass more over the widest tensors of a network. Null for every other product.
 */
export function geluGradient([u, gate]: readonly [Value, Value], dy: Value): Value | null {
  return isGelu(u, gate) ? mul(dy, add(gate, mul(u, erfSlope(u)))) : null;
}
