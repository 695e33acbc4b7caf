import type { Graph } from '../graph/graph.js';
import type { OperatorAttributes } from '../graph/operators.js';
import { reshape, split } from '../graph/ops.js';
import type { Value } from '../graph/value.js';
import { quantizeRows } from './quantize-rows.js';

/** A weight in a graph: row r is `scales` [rows] at r times its `codes`, int8. */
export interface QuantizedWeight {
  codes: Value;
  scales: Value;
}

/** The name of the constant that holds a quantised weight's scales; the codes bear the weight's own. */
export const scaleName = (weight: string): string => `${weight}/scale`;

/**
 * The constant whose rows a value consists of: itself, or what it was reshaped or split from along the first axis. Null where it is
 * computed otherwise.
 */
export function storedWeight(value: Value): Value | null {
  const { data, dtype, shape, producer } = value;
  if (data) return dtype === 'float32' && shape.length > 1 ? value : null;
  const from = producer?.inputs[0];
  const keepsRows =
    (producer?.op === 'Reshape' && from!.shape[0] === shape[0]) ||
    (producer?.op === 'Split' && (producer.attributes as OperatorAttributes['Split']).axis === 0);
  return keepsRows ? storedWeight(from!) : null;
}

/** Quantises weights, each once, and repeats on codes and scales how the graph reshapes and splits them. */
export class QuantizedWeights {
  readonly #made = new Map<Value, QuantizedWeight>();

  /** `largestCode`: the largest code that a stored weight may have. */
  constructor(readonly largestCode: (stored: Value) => number) {}

  /** The successor in `target` of a value that has a {@link storedWeight}. */
  of(value: Value, target: Graph): QuantizedWeight {
    const made = this.#made.get(value) ?? this.#make(value, target);
    this.#made.set(value, made);
    return made;
  }

  #make(value: Value, target: Graph): QuantizedWeight {
    const { name, shape, data, producer } = value;
    if (data) {
      const rows = Number(shape[0]);
      const { codes, scales } = quantizeRows(name, data as Float32Array, rows, this.largestCode(value));
      return {
        codes: target.constant(name, 'int8', shape as readonly number[], codes),
        scales: target.constant(scaleName(name), 'float32', [rows], scales),
      };
    }
    const from = this.of(producer!.inputs[0]!, target);
    if (producer!.op === 'Reshape') return { ...from, codes: reshape(from.codes, shape) };
    const { sizes } = producer!.attributes as OperatorAttributes['Split'];
    const part = producer!.outputs.indexOf(value);
    return { codes: split(from.codes, 0, sizes)[part]!, scales: split(from.scales, 0, sizes)[part]! };
  }
}
