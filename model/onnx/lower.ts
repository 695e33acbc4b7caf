import { ExpectationError } from '../errors.js';
import type { Graph, Node } from '../graph/graph.js';
import type { Operator, OperatorAttributes } from '../graph/operators.js';
import type { Dim, Dtype, Value } from '../graph/value.js';
import { addBias } from './add-bias.js';
import { gatherSplit, gatherTranspose } from './gather-transpose.js';
import { splitSlices } from './split-slices.js';

/** An attribute as ONNX stores it. */
export type OnnxAttribute = { ints: readonly number[] } | { int: number } | { float: number } | { string: string };

/** A node as ONNX stores it: tensors by name, small constants as tensors where the operator wants them so. */
export interface OnnxNode {
  op: string;
  name: string;
  inputs: string[];
  outputs: string[];
  attributes: Record<string, OnnxAttribute>;
}

export const DTYPE_CODES: Record<Dtype, number> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
};

interface Lowered {
  inputs: string[];
  attributes: Record<string, OnnxAttribute>;
}
type Rule<Attributes> = (inputs: string[], attributes: Attributes, tensors: SmallTensors, node: Node) => Lowered;

/** Makes the small constant tensors and the run-time sizes that lowered nodes refer to; each exists once. */
export class SmallTensors {
  readonly ints = new Map<string, { shape: number[]; values: readonly number[] }>();
  readonly floats = new Map<string, { shape: number[]; values: readonly number[] }>();
  readonly nodes: OnnxNode[] = [];
  readonly #sizes = new Map<string, string>();

  constructor(readonly graph: Graph) {}

  int64(values: readonly number[], shape: number[] = [values.length]): string {
    const name = `int64/${values.join('_')}${shape.length === 0 ? '/scalar' : ''}`;
    this.ints.set(name, { shape, values });
    return name;
  }

  /** The name of an int64 tensor too long to be named after its values, which are made once. */
  shared(name: string, make: () => readonly number[]): string {
    if (!this.ints.has(name)) {
      const values = make();
      this.ints.set(name, { shape: [values.length], values });
    }
    return name;
  }

  float32(values: readonly number[], shape: number[] = [values.length]): string {
    const name = `float32/${values.join('_')}${shape.length === 0 ? '/scalar' : ''}`;
    this.floats.set(name, { shape, values });
    return name;
  }

  /** The name of an int64 tensor that holds a shape; symbols are read from the graph inputs when the graph runs. */
  shape(dims: readonly Dim[]): string {
    if (dims.every((dim) => typeof dim === 'number')) return this.int64(dims as number[]);
    const name = `shape/${dims.join('_')}`;
    if (!this.#sizes.has(name)) {
      this.#sizes.set(name, name);
      const parts = dims.map((dim) => (typeof dim === 'number' ? this.int64([dim]) : this.#symbol(dim)));
      this.nodes.push({ op: 'Concat', name, inputs: parts, outputs: [name], attributes: { axis: { int: 0 } } });
    }
    return name;
  }

  /** A one-element tensor with the size that `symbol` has in this run: read off the first input that has it. */
  #symbol(symbol: string): string {
    const known = this.#sizes.get(symbol);
    if (known) return known;
    const name = `size/${symbol}`;
    this.#sizes.set(symbol, name);
    const factors = symbol.split('*');
    if (factors.length > 1) {
      const product = factors
        .map((factor) => (/^\d+$/.test(factor) ? this.int64([Number(factor)]) : this.#symbol(factor)))
        .reduce((left, right) => {
          const output = `${name}/${left}_${right}`;
          this.nodes.push({ op: 'Mul', name: output, inputs: [left, right], outputs: [output], attributes: {} });
          return output;
        });
      this.#sizes.set(symbol, product);
      return product;
    }
    const input = this.graph.inputs.find(({ shape }) => shape.includes(symbol));
    if (!input) throw new ExpectationError(`graph ${this.graph.name}`, `an input with the dimension ${symbol}`, 'none');
    const axis = input.shape.indexOf(symbol);
    this.nodes.push({
      op: 'Shape',
      name,
      inputs: [input.name],
      outputs: [name],
      attributes: { start: { int: axis }, end: { int: axis + 1 } },
    });
    return name;
  }
}

const plain = (inputs: string[]): Lowered => ({ inputs, attributes: {} });
const withAxis = (inputs: string[], { axis }: { axis: number }): Lowered => ({
  inputs,
  attributes: { axis: { int: axis } },
});
const reduction: Rule<OperatorAttributes['ReduceSum']> = ([x], { axes, keepdims }, tensors) => ({
  inputs: [x!, tensors.int64(axes)],
  attributes: { keepdims: { int: keepdims ? 1 : 0 } },
});

/** How a node of the graph is written in ONNX, where that differs from name, inputs and `axis`. */
const rules: { [Op in Operator]?: Rule<OperatorAttributes[Op]> } = {
  Cast: (inputs, { to }) => ({ inputs, attributes: { to: { int: DTYPE_CODES[to] } } }),
  Clip: ([x], { min, max }, tensors) => ({
    inputs: [x!, tensors.float32([min], []), tensors.float32([max], [])],
    attributes: {},
  }),
  Gemm: (inputs, { transA, transB, alpha, beta }) => ({
    inputs,
    attributes: {
      transA: { int: transA ? 1 : 0 },
      transB: { int: transB ? 1 : 0 },
      alpha: { float: alpha },
      beta: { float: beta },
    },
  }),
  LayerNormalization: (inputs, { epsilon }) => ({
    inputs,
    attributes: { axis: { int: -1 }, epsilon: { float: epsilon } },
  }),
  ReduceSum: reduction,
  ReduceMean: reduction,
  ReduceMax: reduction,
  ArgMax: (inputs, { axis, keepdims }) => ({
    inputs,
    attributes: { axis: { int: axis }, keepdims: { int: keepdims ? 1 : 0 } },
  }),
  CumSum: ([x], { axis }, tensors) => plain([x!, tensors.int64([axis], [])]),
  // A single unknown dimension is -1; more than one is read from the inputs when the graph runs.
  Reshape: ([x], { shape }, tensors) => {
    const unknown = shape.filter((dim) => typeof dim === 'string').length;
    return plain([
      x!,
      unknown === 1 ? tensors.int64(shape.map((dim) => (typeof dim === 'string' ? -1 : dim))) : tensors.shape(shape),
    ]);
  },
  Expand: ([x], { shape }, tensors) => plain([x!, tensors.shape(shape)]),
  Transpose: (inputs, { perm }) => ({ inputs, attributes: { perm: { ints: perm } } }),
  Split: ([x], { axis, sizes }, tensors) => ({
    inputs: [x!, tensors.int64(sizes)],
    attributes: { axis: { int: axis } },
  }),
  Slice: ([x], { axis, start, end }, tensors) =>
    plain([x!, tensors.int64([start]), tensors.int64([end]), tensors.int64([axis])]),
  ScatterElements: (inputs, { axis, reduction: mode }) => ({
    inputs,
    attributes: { axis: { int: axis }, reduction: { string: mode } },
  }),
  OneHot: ([x], { axis, depth }, tensors) => ({
    inputs: [x!, tensors.int64([depth], []), tensors.float32([0, 1])],
    attributes: { axis: { int: axis } },
  }),
};

const takesAxis = new Set<Operator>(['Softmax', 'LogSoftmax', 'Concat', 'Gather', 'GatherElements']);

export interface Lowering {
  nameOf: (value: Value) => string;
  /** No node is a Split of more. */
  mostParts: number;
  /** Whether large products add their bias afterwards. */
  biasApart: boolean;
  /** Transpositions that are written with the Splits that read them. */
  cut: ReadonlySet<Node>;
}

/** A graph node in ONNX's terms, sometimes several nodes or none; small tensors they need are added to `tensors`. */
export function lower(node: Node, tensors: SmallTensors, { nameOf, mostParts, biasApart, cut }: Lowering): OnnxNode[] {
  if (cut.has(node)) return [];
  const several =
    gatherTranspose(node, tensors, nameOf) ??
    gatherSplit(node, cut, tensors, nameOf) ??
    splitSlices(node, tensors, nameOf, mostParts) ??
    (biasApart ? addBias(node, tensors, nameOf) : null);
  if (several) return several;
  const names = node.inputs.map(nameOf);
  const rule = rules[node.op] as Rule<unknown> | undefined;
  const fallback = takesAxis.has(node.op) ? withAxis(names, node.attributes as { axis: number }) : plain(names);
  const { inputs, attributes } = rule ? rule(names, node.attributes, tensors, node) : fallback;
  return [{ op: node.op, name: node.name, inputs, outputs: node.outputs.map(nameOf), attributes }];
}
