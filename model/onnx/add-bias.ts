import type { Node } from '../graph/graph.js';
import type { OperatorAttributes } from '../graph/operators.js';
import { sizeOf, type Value } from '../graph/value.js';
import type { OnnxNode, SmallTensors } from './lower.js';

/** Smaller results, in numbers, lie in the processor's cache anyway. */
const LARGE = 1 << 17;

/**
 * Writes a large matrix product with a bias as a product and an addition: onnxruntime copies the bias into every row of the result on one
 * thread, before the product adds to it, but adds it on all. Null where the node is no such product.
 */
export function addBias(node: Node, tensors: SmallTensors, nameOf: (value: Value) => string): OnnxNode[] | null {
  if (node.op !== 'Gemm' || node.inputs.length < 3) return null;
  const [output] = node.outputs as [Value];
  const { shape, dtype } = output;
  if (dtype !== 'float32' || shape.some((dim) => typeof dim !== 'number') || sizeOf(shape as number[]) < LARGE)
    return null;
  const [a, b, bias] = node.inputs.map(nameOf) as [string, string, string];
  const { transA, transB, alpha, beta } = node.attributes as OperatorAttributes['Gemm'];
  const product = `${node.name}/product`;
  const scaled = beta === 1 ? bias : `${node.name}/bias`;
  const attributes = {
    transA: { int: transA ? 1 : 0 },
    transB: { int: transB ? 1 : 0 },
    alpha: { float: alpha },
  };
  const scale: OnnxNode = {
    op: 'Mul',
    name: scaled,
    inputs: [bias, tensors.float32([beta], [])],
    outputs: [scaled],
    attributes: {},
  };
  return [
    ...(beta === 1 ? [] : [scale]),
    { op: 'Gemm', name: node.name, inputs: [a, b], outputs: [product], attributes },
    { op: 'Add', name: `${node.name}/sum`, inputs: [product, scaled], outputs: [nameOf(output)], attributes: {} },
  ];
}
