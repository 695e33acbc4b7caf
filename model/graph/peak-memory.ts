import type { Graph, Node } from './graph.js';
import type { Operator } from './operators.js';
import { type Dtype, sizeOf, staticShape, type Value } from './value.js';

const BYTES: Readonly<Record<Dtype, number>> = {
  float32: 4,
  float16: 2,
  int64: 8,
  int32: 4,
  int8: 1,
  uint8: 1,
  bool: 1,
};

/** Bytes of a tensor of static shape. */
export const bytesOf = (value: Value): number => BYTES[value.dtype] * sizeOf(staticShape(value));

/** The moment of a run at which a graph holds most. */
export interface PeakMemory {
  /** Bytes of all tensors held then: inputs, constants, and what was computed and is still to be read. */
  bytes: number;
  /** The node that runs then. */
  node: string;
  /** Whether the memory of a value is held then. */
  holds(value: Value): boolean;
}

/** From the first to the last node, by their places in the order, that need a piece of memory; views share one. */
interface Life {
  bytes: number;
  from: number;
  to: number;
  /** Inputs and constants belong to the caller. */
  owned: boolean;
}

/** Operators whose output is their input under another shape. */
const VIEWS: ReadonlySet<Operator> = new Set(['Reshape', 'Identity']);

/** Operators that may write into an operand that nobody reads after them: element by element, or row by row. */
const IN_PLACE: ReadonlySet<Operator> = new Set<Operator>([
  ...(['Add', 'Sub', 'Mul', 'Div', 'Pow', 'Max', 'Min', 'Neg', 'Abs', 'Sign', 'Exp', 'Log', 'Sqrt'] as const),
  ...([
    'Reciprocal',
    'Erf',
    'Tanh',
    'Sigmoid',
    'Relu',
    'Not',
    'And',
    'Clip',
    'Where',
    'Softmax',
    'LogSoftmax',
  ] as const),
]);

/**
 * What one run of a graph of static shapes needs at most: its live nodes run in their order, a tensor is held from the node that makes it to
 * the last one that reads it, outputs to the end, inputs and constants throughout. What a runtime needs besides (scratch space of its
 * kernels, gaps between buffers) is not counted.
 */
export function peakMemory(graph: Graph): PeakMemory {
  const nodes = graph.liveNodes();
  const end = Math.max(0, nodes.length - 1);
  const lives = lifetimes(graph, nodes, end);
  for (const [at, node] of nodes.entries()) if (IN_PLACE.has(node.op)) takeOver(node, at, lives);
  const changes = new Float64Array(end + 2);
  for (const { bytes, from, to } of new Set(lives.values())) {
    changes[from]! += bytes;
    changes[to + 1]! -= bytes;
  }
  let [held, bytes, peak] = [0, 0, 0];
  for (let at = 0; at <= end; at++) {
    held += changes[at]!;
    if (held > bytes) [bytes, peak] = [held, at];
  }
  const holds = (value: Value) => {
    const life = lives.get(value);
    return life !== undefined && life.from <= peak && peak <= life.to;
  };
  return { bytes, node: nodes[peak]?.name ?? '', holds };
}

function lifetimes(graph: Graph, nodes: readonly Node[], end: number): Map<Value, Life> {
  const lives = new Map<Value, Life>();
  for (const value of [...graph.inputs, ...graph.constants])
    lives.set(value, { bytes: bytesOf(value), from: 0, to: end, owned: false });
  for (const [at, { op, inputs, outputs }] of nodes.entries()) {
    const read = inputs.map((input) => lives.get(input)!);
    for (const life of read) life.to = Math.max(life.to, at);
    for (const output of outputs)
      lives.set(output, VIEWS.has(op) ? read[0]! : { bytes: bytesOf(output), from: at, to: at, owned: true });
  }
  for (const { value } of graph.outputs) lives.get(value)!.to = end;
  return lives;
}

/** Gives the output of a node the memory of an operand that dies there, where one is as large. */
function takeOver({ inputs, outputs }: Node, at: number, lives: ReadonlyMap<Value, Life>): void {
  const { bytes } = lives.get(outputs[0]!)!;
  const heir = inputs
    .map((input) => lives.get(input)!)
    .find((life) => life.owned && life.to === at && life.bytes === bytes);
  if (heir) heir.to = at - 1;
}
