import type { Graph } from '../../model/graph/graph.js';
import { add, cast, less, mul, slice, sub } from '../../model/graph/ops.js';
import { sizeOf, staticShape } from '../../model/graph/value.js';
import type { Tap } from '../../model/layers/scope.js';
import { createRng } from '../../model/random.js';
import { type NumberByGroup, numberOfGroup, type ParameterGroup } from './parameter-groups.js';

/** Shares of values that are dropped, in [0, 1). */
export type DropoutRates = NumberByGroup;

/** Whether anything is dropped. */
export const drops = (rates: DropoutRates): boolean => Object.values(rates).some((rate) => (rate ?? 0) > 0);

/** Graph input [2]: what makes the noise of a step differ from that of all others. */
export const DROPOUT_PHASE = 'dropout_phase';
/** Numbers of the noise lie below it: products of two sums of two stay small enough that float32 keeps 11 bits behind the point. */
const RANGE = 32;

/** The phase of one step: the same whenever that step is taken. */
export function dropoutPhase(seed: number, step: number): Float32Array {
  const rng = createRng('dropout', seed, step);
  return Float32Array.of(RANGE * rng.next(), RANGE * rng.next());
}

/** What attentions look at, and what attentions, dense layers and word embeddings add. */
const DROPPED = /\.(weights|out)$/;

/**
 * Dropout (Srivastava et al. 2014, where BERT has it) in a training graph: sets that share of the values to 0 and divides the others by
 * what is left. The noise of row i and column j of a value is the fraction of (a_i + phase_0) (b_j + phase_1), with a and b drawn once for
 * each value, so that a step stays a pure function and its noise takes no more room than its rows and columns.
 */
export function dropoutTap(graph: Graph, rates: DropoutRates): Tap {
  const phase = graph.input(DROPOUT_PHASE, 'float32', [2]);
  const [ofRows, ofColumns] = [slice(phase, 0, 0, 1), slice(phase, 0, 1, 2)];
  let count = 0;
  return (path, value) => {
    const rate = numberOfGroup(rates, path.split('.')[0] as ParameterGroup);
    if (rate === 0 || !DROPPED.test(path)) return value;
    const shape = staticShape(value);
    const name = `dropout_${count++}`;
    const noise = (what: string, sizes: readonly number[]) => {
      const rng = createRng(name, what);
      const numbers = Float32Array.from({ length: sizeOf(sizes) }, () => RANGE * rng.next());
      return graph.constant(`${name}_${what}`, 'float32', sizes, numbers);
    };
    const rows = add(noise('rows', [...shape.slice(0, -1), 1]), ofRows);
    const columns = add(noise('columns', shape.slice(-1)), ofColumns);
    const product = mul(rows, columns);
    const uniform = sub(product, cast(cast(product, 'int32'), 'float32'));
    return mul(value, mul(cast(less(uniform, 1 - rate), 'float32'), 1 / (1 - rate)));
  };
}
