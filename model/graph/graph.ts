import { ExpectationError } from '../errors.js';
import type { Operator, OperatorAttributes } from './operators.js';
import { shapeRules } from './shape-rules.js';
import { type ConstantData, type Dtype, type Shape, sizeOf, type Value, valueText } from './value.js';

/** One application of an operator. `inputs` and `outputs` are in ONNX's order. */
export interface Node<Op extends Operator = Operator> {
  readonly op: Op;
  readonly name: string;
  readonly inputs: readonly Value[];
  readonly attributes: OperatorAttributes[Op];
  readonly outputs: readonly Value[];
}

const arrayOf = {
  float32: (data: readonly number[]) => Float32Array.from(data),
  float16: (data: readonly number[]) => Uint16Array.from(data),
  int64: (data: readonly number[]) => BigInt64Array.from(data, (x) => BigInt(x)),
  int32: (data: readonly number[]) => Int32Array.from(data),
  int8: (data: readonly number[]) => Int8Array.from(data),
  uint8: (data: readonly number[]) => Uint8Array.from(data),
  bool: (data: readonly number[]) => Uint8Array.from(data),
} satisfies Record<Dtype, (data: readonly number[]) => ConstantData>;

/**
 * A graph of ONNX operators under construction: append-only, nodes in topological order. Shapes are inferred as nodes are added, so a
 * mistake fails where it is made, with the node's name and the shapes.
 */
export class Graph {
  readonly inputs: Value[] = [];
  readonly constants: Value[] = [];
  readonly nodes: Node[] = [];
  readonly outputs: { name: string; value: Value }[] = [];
  readonly #names = new Map<string, number>();
  readonly #scalars = new Map<string, Value>();
  #path = '';

  constructor(readonly name: string) {}

  /** Runs `build` with `segment` added to the path that node names begin with. */
  within<T>(segment: string, build: () => T): T {
    const outer = this.#path;
    this.#path = `${outer}${segment.replaceAll('.', '/')}/`;
    try {
      return build();
    } finally {
      this.#path = outer;
    }
  }

  input(name: string, dtype: Dtype, shape: Shape): Value {
    const value: Value = { graph: this, name: this.#claim(name), dtype, shape };
    this.inputs.push(value);
    return value;
  }

  /** A named constant tensor; throws when `data` does not fill `shape`. */
  constant(name: string, dtype: Dtype, shape: readonly number[], data: ConstantData): Value {
    if (data.length !== sizeOf(shape)) {
      throw new ExpectationError(name, `${sizeOf(shape)} values for shape [${shape}]`, String(data.length));
    }
    const value: Value = { graph: this, name: this.#claim(name), dtype, shape, data };
    this.constants.push(value);
    return value;
  }

  /** A scalar constant; the same number and type exist once. */
  scalar(number: number, dtype: Dtype = 'float32'): Value {
    const key = `${dtype} ${number}`;
    let value = this.#scalars.get(key);
    if (!value) {
      value = this.constant(`constant/${dtype}_${number}`, dtype, [], arrayOf[dtype]([number]));
      this.#scalars.set(key, value);
    }
    return value;
  }

  /** Appends a node and returns its outputs. Throws when the shapes do not fit the operator. */
  node<Op extends Operator>(op: Op, inputs: readonly Value[], attributes: OperatorAttributes[Op]): Value[] {
    const name = this.#claim(this.#path + op);
    for (const input of inputs) {
      if (input.graph !== this)
        throw new ExpectationError(name, `inputs of graph ${this.name}`, `${valueText(input)} of ${input.graph.name}`);
    }
    const outputs: Value[] = [];
    const node: Node<Op> = { op, name, inputs, attributes, outputs };
    const infer = shapeRules[op] as (
      where: string,
      inputs: readonly Value[],
      attributes: OperatorAttributes[Op],
    ) => { dtype: Dtype; shape: Shape }[];
    const where = `${name}(${inputs.map(valueText).join(', ')})`;
    infer(where, inputs, attributes).forEach(({ dtype, shape }, i) => {
      outputs.push({
        graph: this,
        name: i === 0 ? `${name}:0` : `${name}:${i}`,
        dtype,
        shape,
        producer: node as unknown as Node,
      });
    });
    this.nodes.push(node as unknown as Node);
    return outputs;
  }

  /** Declares `value` as the graph's output called `name`. */
  output(name: string, value: Value): void {
    if (value.graph !== this) throw new ExpectationError(name, `a value of graph ${this.name}`, value.graph.name);
    if (this.outputs.some((output) => output.name === name))
      throw new ExpectationError('graph outputs', 'distinct names', `${name} twice`);
    this.outputs.push({ name, value });
  }

  /** The nodes that the outputs depend on, in order; onnxruntime would run the others too. */
  liveNodes(): Node[] {
    const live = new Set<Node>();
    const waiting = this.outputs.map(({ value }) => value.producer);
    while (waiting.length > 0) {
      const node = waiting.pop();
      if (!node || live.has(node)) continue;
      live.add(node);
      for (const { producer } of node.inputs) waiting.push(producer);
    }
    return this.nodes.filter((node) => live.has(node));
  }

  #claim(name: string): string {
    const seen = this.#names.get(name) ?? 0;
    this.#names.set(name, seen + 1);
    return seen === 0 ? name : this.#claim(`${name}_${seen}`);
  }
}
