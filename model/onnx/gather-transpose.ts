import type { Node } from '../graph/graph.js';
import type { OperatorAttributes } from '../graph/operators.js';
import { sizeOf, type Value } from '../graph/value.js';
import type { OnnxNode, SmallTensors } from './lower.js';

/** Shorter runs of numbers are not worth an index each. */
const LEAST_RUN = 8;

/** Where each run of the last axis comes from, in the order of the result: what `perm` does to the other axes. */
function sourceRuns(shape: readonly number[], perm: readonly number[]): number[] {
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  return perm.reduce<number[]>(
    (sources, axis) =>
      sources.flatMap((source) => Array.from({ length: shape[axis]! }, (_, i) => source + i * strides[axis]!)),
    [0],
  );
}

/**
 * Writes a transposition of static shape that leaves the last axis in its place, such as the splitting into heads, as a gathering of runs:
 * onnxruntime transposes on one thread and gathers on all. Null where the node is no such transposition.
 */
export function gatherTranspose(
  node: Node,
  tensors: SmallTensors,
  nameOf: (value: Value) => string,
): OnnxNode[] | null {
  if (node.op !== 'Transpose') return null;
  const { perm } = node.attributes as OperatorAttributes['Transpose'];
  const [x] = node.inputs as [Value];
  const last = x.shape.at(-1)!;
  if (perm.at(-1) !== perm.length - 1 || x.shape.some((dim) => typeof dim !== 'number') || Number(last) < LEAST_RUN)
    return null;
  const outer = x.shape.slice(0, -1) as number[];
  const runs = tensors.shared(`runs/${outer.join('_')}/${perm.join('_')}`, () => sourceRuns(outer, perm.slice(0, -1)));
  const [output] = node.outputs as [Value];
  const rows = `${node.name}/rows`;
  const gathered = `${node.name}/gathered`;
  const reshape = (name: string, from: string, shape: readonly number[], to: string): OnnxNode => ({
    op: 'Reshape',
    name,
    inputs: [from, tensors.int64(shape)],
    outputs: [to],
    attributes: {},
  });
  return [
    reshape(`${node.name}/split`, nameOf(x), [sizeOf(outer), Number(last)], rows),
    { op: 'Gather', name: node.name, inputs: [rows, runs], outputs: [gathered], attributes: { axis: { int: 0 } } },
    reshape(`${node.name}/join`, gathered, output.shape as number[], nameOf(output)),
  ];
}
