import type { Node } from '../graph/graph.js';
import type { OperatorAttributes } from '../graph/operators.js';
import type { Value } from '../graph/value.js';
import type { OnnxNode, SmallTensors } from './lower.js';

/**
 * Writes a Split as a Slice for each part where it has more than `most`: WebGPU promises a shader eight buffers, of which one is read. Null
 * where the node is no such Split.
 */
export function splitSlices(
  node: Node,
  tensors: SmallTensors,
  nameOf: (value: Value) => string,
  most: number,
): OnnxNode[] | null {
  if (node.op !== 'Split' || node.outputs.length <= most) return null;
  const { axis, sizes } = node.attributes as OperatorAttributes['Split'];
  const input = nameOf(node.inputs[0]!);
  let start = 0;
  return node.outputs.map((output, i) => {
    const end = start + sizes[i]!;
    const range = [tensors.int64([start]), tensors.int64([end]), tensors.int64([axis])];
    start = end;
    return {
      op: 'Slice',
      name: `${node.name}/${i}`,
      inputs: [input, ...range],
      outputs: [nameOf(output)],
      attributes: {},
    };
  });
}
