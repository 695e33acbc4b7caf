import { Graph } from '../../../model/graph/graph.js';
import type { Dtype, Shape, Value } from '../../../model/graph/value.js';

/** An input of a graph under test; a bare shape is float32. */
export type Input = Shape | { dtype: Dtype; shape: Shape };
export type Build = (inputs: Value[]) => Value;

export const ids = (...shape: Shape): Input => ({ dtype: 'int64', shape });
export const bytes = (dtype: 'int8' | 'uint8', ...shape: Shape): Input => ({ dtype, shape });
export const flags = (...shape: Shape): Input => ({ dtype: 'bool', shape });
const isShape = (input: Input): input is Shape => Array.isArray(input);

/** The inputs a, b, c, ... of a fresh graph. */
export function inputsOf(inputs: readonly Input[]): Value[] {
  const graph = new Graph('shapes');
  return inputs.map((input, i) => {
    const { dtype, shape } = isShape(input) ? { dtype: 'float32' as const, shape: input } : input;
    return graph.input('abcdef'[i]!, dtype, shape);
  });
}
