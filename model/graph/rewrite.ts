import { Graph, type Node } from './graph.js';
import type { Value } from './value.js';

/** What stands for a node in the rewritten graph: values of the old graph that it reads, and its outputs made from their successors. */
export interface Replacement {
  reads: readonly Value[];
  build: (inputs: readonly Value[]) => readonly Value[];
}

export interface Rewriting {
  /** What a constant becomes, made where it is first read; null: it stays. */
  constant?: (constant: Value, target: Graph) => Value | null;
  /** What a node becomes; null: it stays. */
  node?: (node: Node) => Replacement | null;
}

/**
 * A graph with the same inputs and outputs in which some constants and nodes are replaced; what nothing reads any more is left out. Nodes
 * keep their order and names. Throws, as building a graph does, when a replacement does not fit.
 */
export function rewriteGraph(source: Graph, rewriting: Rewriting): Graph {
  const target = new Graph(source.name);
  const made = new Map(source.inputs.map((input) => [input, target.input(input.name, input.dtype, input.shape)]));
  const successorOf = (value: Value): Value => {
    const known = made.get(value);
    if (known) return known;
    const { name, dtype, shape, data } = value;
    const successor =
      rewriting.constant?.(value, target) ?? target.constant(name, dtype, shape as readonly number[], data!);
    made.set(value, successor);
    return successor;
  };
  for (const { node, reads, build } of plan(source, target, rewriting)) {
    const inputs = reads.map(successorOf);
    const path = node.name.slice(0, Math.max(0, node.name.lastIndexOf('/')));
    const outputs = path === '' ? build(inputs) : target.within(path, () => build(inputs));
    for (const [i, output] of node.outputs.entries()) if (outputs[i]) made.set(output, outputs[i]);
  }
  for (const { name, value } of source.outputs) target.output(name, successorOf(value));
  return target;
}

/** The nodes that the outputs still need, in order, with what becomes of each. */
function plan(source: Graph, target: Graph, rewriting: Rewriting): (Replacement & { node: Node })[] {
  const needed = new Set(source.outputs.map(({ value }) => value.producer));
  const steps: (Replacement & { node: Node })[] = [];
  for (const node of source.nodes.toReversed()) {
    if (!needed.has(node)) continue;
    const same = {
      reads: node.inputs,
      build: (inputs: readonly Value[]) => target.node(node.op, inputs, node.attributes),
    };
    const replacement = rewriting.node?.(node) ?? same;
    for (const { producer } of replacement.reads) needed.add(producer);
    steps.push({ node, ...replacement });
  }
  return steps.reverse();
}
