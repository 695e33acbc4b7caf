import type { Graph, Node } from './graph.js';
import type { OperatorAttributes } from './operators.js';
import { sizeOf, staticShape } from './value.js';

/** Floating-point operations of a matrix product: 2 per multiplication and addition; 0 for every other operator. */
export function matrixFlops(node: Node): number {
  if (node.op !== 'MatMul' && node.op !== 'Gemm') return 0;
  const left = staticShape(node.inputs[0]!);
  const transposed = node.op === 'Gemm' && (node.attributes as OperatorAttributes['Gemm']).transA;
  const inner = transposed ? left[0]! : left.at(-1)!;
  return 2 * inner * sizeOf(staticShape(node.outputs[0]!));
}

/** Floating-point operations of all matrix products of a graph of static shapes, in one run. */
export const graphFlops = (graph: Graph): number => graph.nodes.reduce((sum, node) => sum + matrixFlops(node), 0);
