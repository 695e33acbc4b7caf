import { matrixFlops } from '../../model/graph/flops.js';
import { Graph, type Node } from '../../model/graph/graph.js';
import type { OperatorAttributes } from '../../model/graph/operators.js';
import { gemm, isTransposition, matMul, slice, transposeLast } from '../../model/graph/ops.js';
import { sizeOf, staticShape, type Value } from '../../model/graph/value.js';
import { type HostTensor, openSession, type SessionOptions } from '../../model/onnx/session.js';
import type { Rng } from '../../model/random.js';

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

/** The shapes of the operands as they are stored. */
function operandShapes({ node, transposed }: Product): [number[], number[]] {
  const stored = (i: 0 | 1): number[] => {
    const shape = staticShape(node.inputs[i]!);
    return transposed[i] ? [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!] : shape;
  };
  return [stored(0), stored(1)];
}

/** Random numbers for the operands of any of the products. */
export function operandNumbers(products: readonly Product[], rng: Rng): Float32Array {
  const sizes = products.map((product) => operandShapes(product).reduce((sum, shape) => sum + sizeOf(shape), 0));
  return Float32Array.from({ length: REPEATS * Math.max(...sizes) }, () => 2 * rng.next() - 1);
}

/**
 * Milliseconds of one product on operands out of `numbers`, the median of `rounds` runs after a first one. The session is closed again: the
 * idle threads of open ones would keep the processor from the next.
 */
export async function timeProduct(
  product: Product,
  numbers: Float32Array,
  rounds: number,
  options: SessionOptions,
): Promise<number> {
  const { node, transposed } = product;
  const graph = new Graph('product');
  const feeds: Record<string, HostTensor> = {};
  let taken = 0;
  const operand = (name: string, shape: number[], flip: boolean): Value => {
    feeds[name] = { dtype: 'float32', shape, data: numbers.subarray(taken, taken + sizeOf(shape)) };
    taken += sizeOf(shape);
    const input = graph.input(name, 'float32', shape);
    return flip ? transposeLast(input) : input;
  };
  const [left, right] = operandShapes(product);
  for (let i = 0; i < REPEATS; i++) {
    const a = operand(`a${i}`, left, transposed[0]);
    const b = operand(`b${i}`, right, transposed[1]);
    const result =
      node.op === 'MatMul' ? matMul(a, b) : gemm(a, b, undefined, node.attributes as OperatorAttributes['Gemm']);
    // One row is handed over: copying the result out is no part of the product.
    graph.output(`c${i}`, slice(result, 0, 0, 1));
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
