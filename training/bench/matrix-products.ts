import { matrixFlops } from '../../model/graph/flops.js';
import { Graph, type Node } from '../../model/graph/graph.js';
import type { OperatorAttributes } from '../../model/graph/operators.js';
import { gemm, isTransposition, matMul, slice, transposeLast } from '../../model/graph/ops.js';
import { sizeOf, staticShape, type Value } from '../../model/graph/value.js';
import { type HostTensor, openSession, type SessionOptions } from '../../model/onnx/session.js';

/** A matrix product of a graph: its operands' shapes, and how often the graph has it. */
export interface Product {
  node: Node;
  /** Whether an operand is a transposition, which the product takes on as it is. */
  transposed: [boolean, boolean];
  flops: number;
  count: number;
}

/** The distinct matrix products of a graph of static shapes. */
export function distinctProducts(graph: Graph): Product[] {
  const products = new Map<string, Product>();
  for (const node of graph.liveNodes()) {
    const flops = matrixFlops(node);
    if (flops === 0) continue;
    const transposed = [isTransposition(node.inputs[0]!), isTransposition(node.inputs[1]!)] as [boolean, boolean];
    const key = JSON.stringify([node.op, node.attributes, node.inputs.map(({ shape }) => shape), transposed]);
    const known = products.get(key);
    if (known) known.count++;
    else products.set(key, { node, transposed, flops, count: 1 });
  }
  return [...products.values()];
}

/** Several products alone in one graph, on operands of their own: nothing else costs time, and none can be merged with another. */
const REPEATS = 4;

/**
 * Milliseconds of one product, the median of `rounds` runs after a first one. The session is closed again: the idle threads of open ones
 * would keep the processor from the next.
 */
export async function timeProduct(
  { node, transposed }: Product,
  rounds: number,
  options: SessionOptions,
): Promise<number> {
  const graph = new Graph('product');
  const feeds: Record<string, HostTensor> = {};
  const operand = (name: string, value: Value, flip: boolean): Value => {
    const shape = staticShape(value);
    const stored = flip ? [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!] : shape;
    feeds[name] = { dtype: 'float32', shape: stored, data: new Float32Array(sizeOf(stored)).fill(0.5) };
    const input = graph.input(name, 'float32', stored);
    return flip ? transposeLast(input) : input;
  };
  for (let i = 0; i < REPEATS; i++) {
    const a = operand(`a${i}`, node.inputs[0]!, transposed[0]);
    const b = operand(`b${i}`, node.inputs[1]!, transposed[1]);
    const product =
      node.op === 'MatMul' ? matMul(a, b) : gemm(a, b, undefined, node.attributes as OperatorAttributes['Gemm']);
    // One row is handed over: copying the result out is no part of the product.
    graph.output(`c${i}`, slice(product, 0, 0, 1));
  }
  const session = await openSession(graph, options);
  const times: number[] = [];
  for (let i = 0; i <= rounds; i++) {
    const start = performance.now();
    await session.run(feeds);
    if (i > 0) times.push((performance.now() - start) / REPEATS);
  }
  await session.release();
  return median(times);
}

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
