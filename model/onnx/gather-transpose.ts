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

/** Whether a node is a transposition of static shape that leaves the last axis in its place. */
function movesRuns(node: Node): boolean {
  if (node.op !== 'Transpose') return false;
  const { perm } = node.attributes as OperatorAttributes['Transpose'];
  const { shape } = node.inputs[0]!;
  return (
    perm.at(-1) === perm.length - 1 &&
    shape.every((dim) => typeof dim === 'number') &&
    Number(shape.at(-1)) >= LEAST_RUN
  );
}

/** Gathers `parts` of what a transposition makes, each some of the places of its first axis. */
function gatherParts(
  { name, inputs, attributes }: Node,
  parts: { name: string; from: number; to: number; output: Value }[],
  tensors: SmallTensors,
  nameOf: (value: Value) => string,
): OnnxNode[] {
  const { perm } = attributes as OperatorAttributes['Transpose'];
  const [x] = inputs as [Value];
  const outer = x.shape.slice(0, -1) as number[];
  const rows = `${parts[0]!.name}/rows`;
  const reshape = (node: string, from: string, shape: readonly number[], to: string): OnnxNode => ({
    op: 'Reshape',
    name: node,
    inputs: [from, tensors.int64(shape)],
    outputs: [to],
    attributes: {},
  });
  const places = outer[perm[0]!]!;
  const runs = ({ from, to }: { from: number; to: number }) =>
    tensors.shared(`runs/${outer.join('_')}/${perm.join('_')}${to - from < places ? `/${from}_${to}` : ''}`, () => {
      const all = sourceRuns(outer, perm.slice(0, -1));
      return all.slice((from * all.length) / places, (to * all.length) / places);
    });
  return [
    reshape(`${name}/split`, nameOf(x), [sizeOf(outer), Number(x.shape.at(-1))], rows),
    ...parts.flatMap((part): OnnxNode[] => {
      const gathered = `${part.name}/gathered`;
      const inputs = [rows, runs(part)];
      return [
        { op: 'Gather', name: part.name, inputs, outputs: [gathered], attributes: { axis: { int: 0 } } },
        reshape(`${part.name}/join`, gathered, part.output.shape as number[], nameOf(part.output)),
      ];
    }),
  ];
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
  if (!movesRuns(node)) return null;
  const [output] = node.outputs as [Value];
  return gatherParts(node, [{ name: node.name, from: 0, to: Number(output.shape[0]), output }], tensors, nameOf);
}

/** The transposition that a Split along the first axis cuts, where gathering can stand for both. */
function cutTransposition({ op, inputs, attributes }: Node): Node | null {
  if (op !== 'Split' || (attributes as OperatorAttributes['Split']).axis !== 0) return null;
  const { producer } = inputs[0]!;
  return producer && movesRuns(producer) ? producer : null;
}

/** The transpositions of a graph that nothing but such Splits reads: {@link gatherSplit} writes them with each Split. */
export function cutTranspositions(nodes: readonly Node[], outputs: readonly Value[]): Set<Node> {
  const cut = new Set(nodes.flatMap((node) => cutTransposition(node) ?? []));
  const read = [...outputs, ...nodes.flatMap((node) => (cutTransposition(node) ? [] : node.inputs))];
  for (const { producer } of read) if (producer) cut.delete(producer);
  return cut;
}

/** Writes a Split of one of the transpositions `cut` as a gathering of each part: nothing is copied twice. Null for any other node. */
export function gatherSplit(
  node: Node,
  cut: ReadonlySet<Node>,
  tensors: SmallTensors,
  nameOf: (value: Value) => string,
): OnnxNode[] | null {
  const transposition = cutTransposition(node);
  if (!transposition || !cut.has(transposition)) return null;
  const { sizes } = node.attributes as OperatorAttributes['Split'];
  let from = 0;
  const parts = node.outputs.map((output, i) => {
    const to = from + sizes[i]!;
    const part = { name: `${node.name}/${i}`, from, to, output };
    from = to;
    return part;
  });
  return gatherParts(transposition, parts, tensors, nameOf);
}
