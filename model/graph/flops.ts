import type { Graph, Node } from './graph.js';
import type { OperatorAttributes } from './operators.js';
import { sizeOf, staticShape } from './value.js';

/**
 * Floating-point operations of a matrix product: 2 per multiplication and addition; 0 for every other operator, products with a vector
 * included, which memory limits and not arithmetic.
 */
export function matrixFlops(node: Node): number {
  if (node.op !== 'MatMul' && node.op !== 'Gemm') return 0;
  const left = staticShape(node.inputs[0]!);
  const transposed = node.op === 'Gemm' && (node.attributes as OperatorAttributes['Gemm']).transA;
  const inner = transposed ? left[0]! : left.at(-1)!;
  const result = staticShape(node.outputs[0]!);
  return result.at(-1) === 1 || result.at(-2) === 1 ? 0 : 2 * inner * sizeOf(result);
}

/** Floating-point operations of all matrix products of a graph of static shapes, in one run. */
export const graphFlops = (graph: Graph): number => graph.liveNodes().reduce((sum, node) => sum + matrixFlops(node), 0);
