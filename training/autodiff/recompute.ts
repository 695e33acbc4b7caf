import type { Node } from '../../model/graph/graph.js';
import { add, mul, reshape, slice } from '../../model/graph/ops.js';
import type { Value } from '../../model/graph/value.js';

/** The segment that a node belongs to; nodes without one are not computed again. */
export type SegmentOf = (node: Node) => string | undefined;

/** What a gradient rule sees of a node. */
export type NodeValues = Pick<Node, 'inputs' | 'outputs'>;

interface Segment {
  /** By the value of the forward pass the one that takes its place. */
  copies: Map<Value, Value>;
  /** 0, once the gradient has come back to the segment. */
  zero: Value;
}

/**
 * Computes the nodes of a segment a second time on the way back, from what comes into the segment: only that has to be kept from the
 * forward pass (Chen et al. 2016, "Training deep nets with sublinear memory cost"). What comes in has a 0 added that hangs on the gradient:
 * otherwise onnxruntime would find that both computations are the same, do one, and keep it. `activations` are the values that depend on both
 * the batch and the parameters: the others cost nothing to keep.
 */
export function createRecomputation(segmentOf: SegmentOf, activations: ReadonlySet<Value>) {
  const segments = new Map<string, Segment>();

  function copyOf(value: Value, name: string, segment: Segment): Value {
    const known = segment.copies.get(value);
    if (known) return known;
    const { producer } = value;
    if (!producer || segmentOf(producer) !== name) {
      const copy = activations.has(value) ? add(value, segment.zero) : value;
      segment.copies.set(value, copy);
      return copy;
    }
    const inputs = producer.inputs.map((input) => copyOf(input, name, segment));
    const same = inputs.every((input, i) => input === producer.inputs[i]);
    const outputs = same ? producer.outputs : value.graph.node(producer.op, inputs, producer.attributes);
    for (const [i, output] of producer.outputs.entries()) segment.copies.set(output, outputs[i]!);
    return segment.copies.get(value)!;
  }

  /** The node as it is computed again when `dy`, a gradient of one of its outputs, is known. */
  return (node: Node, dy: Value): NodeValues => {
    const name = segmentOf(node);
    if (name === undefined) return node;
    const segment = segments.get(name) ?? { copies: new Map(), zero: zeroAfter(dy) };
    segments.set(name, segment);
    const copies = (values: readonly Value[]) => values.map((value) => copyOf(value, name, segment));
    return { inputs: copies(node.inputs), outputs: copies(node.outputs) };
  };
}

/** A scalar 0 that cannot be computed before `value`. */
function zeroAfter(value: Value): Value {
  const first = value.shape.reduce<Value>((part, _, axis) => slice(part, axis, 0, 1), value);
  return mul(reshape(first, []), 0);
}

/** Of all values, those that depend on an input of the graph which the targets are not made from. */
export function dependingOnBatch(
  nodes: readonly Node[],
  inputs: readonly Value[],
  targets: readonly Value[],
): Set<Value> {
  const sources = new Set<Value>();
  const waiting = targets.flatMap(({ producer }) => producer?.inputs ?? []);
  while (waiting.length > 0) {
    const value = waiting.pop()!;
    if (sources.has(value)) continue;
    sources.add(value);
    waiting.push(...(value.producer?.inputs ?? []));
  }
  const depending = new Set(inputs.filter((input) => !sources.has(input)));
  for (const node of nodes) {
    if (node.inputs.some((input) => depending.has(input))) for (const output of node.outputs) depending.add(output);
  }
  return depending;
}
