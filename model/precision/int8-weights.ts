import type { Graph, Node } from '../graph/graph.js';
import type { OperatorAttributes } from '../graph/operators.js';
import { add, cast, dynamicQuantizeLinear, gather, matMulInteger, mul, reshape, transpose } from '../graph/ops.js';
import { type Replacement, rewriteGraph } from '../graph/rewrite.js';
import type { Value } from '../graph/value.js';
import { QuantizedWeights, storedWeight } from './quantized-weights.js';

/**
 * Codes of weights that meet codes of activations (0 to 255) in a product. x86 processors without VNNI add pairs of such products in 16 bits
 * and cut off what is larger: 2 x 255 x 63 = 32,130 is the most that fits, so weights have 7 bits here and nothing is cut off on any
 * processor.
 */
const LARGEST_FACTOR = 63;
/** Codes that are only scaled may use all of 8 bits. */
const LARGEST_ENTRY = 127;
/** Products with fewer outputs, such as a head of two classes, cost next to nothing and decide much: they stay float32. */
const LEAST_OUTPUTS = 16;

const scaled = (x: Value, factor: number): Value => (factor === 1 ? x : mul(x, factor));

/** The weight of a product that is computed in integers; null for any other node. */
function integerWeight({ op, inputs, attributes }: Node): Value | null {
  if (op !== 'Gemm') return null;
  const { transA, transB } = attributes as OperatorAttributes['Gemm'];
  const stored = storedWeight(inputs[1]!);
  return transA || !transB || !stored || Number(stored.shape[0]) < LEAST_OUTPUTS ? null : stored;
}

/** alpha x W^T + beta b with x ~ s (codes - zero point) and W ~ diag(scales) codes: alpha s scales . ((codes - zero point) codes^T) + beta b */
function integerProduct(node: Node, weights: QuantizedWeights): Replacement {
  const { alpha, beta } = node.attributes as OperatorAttributes['Gemm'];
  const [x, weight, bias] = node.inputs as [Value, Value, Value?];
  return {
    reads: bias ? [x, bias] : [x],
    build([input, offset]) {
      const { codes, scales } = weights.of(weight, input!.graph);
      const quantized = dynamicQuantizeLinear(input!);
      const product = matMulInteger(quantized.codes, transpose(codes, [1, 0]), quantized.zeroPoint);
      // In this order onnxruntime finds the pattern and runs all of it as one operator.
      const y = mul(cast(product, 'float32'), mul(quantized.scale, scaled(scales, alpha)));
      return [offset ? add(y, scaled(offset, beta)) : y];
    },
  };
}

/** Rows of a table, as codes with a scale each. */
function integerTable(node: Node, weights: QuantizedWeights): Replacement | null {
  const { axis } = node.attributes as OperatorAttributes['Gather'];
  const [table, indices] = node.inputs as [Value, Value];
  if (axis !== 0 || !storedWeight(table)) return null;
  return {
    reads: [indices],
    build([rows]) {
      const { codes, scales } = weights.of(table, rows!.graph);
      return [mul(cast(gather(codes, rows!), 'float32'), gather(perRow(scales, table), rows!))];
    },
  };
}

/** Scales [rows] in the shape in which each meets its row of a weight. */
const perRow = (scales: Value, { shape }: Value): Value => reshape(scales, [shape[0]!, ...shape.slice(1).map(() => 1)]);

/**
 * The same graph with 8-bit weights. Products with stored weights are computed in integers: weights have a scale for each output, and the
 * activations are quantised as they come, by the range of all rows of the run, so that a row's result depends a little on its
 * neighbours. Tables have a scale for each row. Products of activations, norms, biases and small heads stay float32; so does what else
 * reads the weight of a product, as its gradient does: it gets the numbers that the codes stand for, made when the graph is loaded.
 * Throws, naming the weight, when one of its numbers is not finite.
 */
export function int8Weights(source: Graph): Graph {
  const factors = new Set(source.nodes.map((node) => integerWeight(node)));
  const weights = new QuantizedWeights((stored) => (factors.has(stored) ? LARGEST_FACTOR : LARGEST_ENTRY));
  return rewriteGraph(source, {
    constant(value, target) {
      if (!factors.has(value)) return null;
      const { codes, scales } = weights.of(value, target);
      return target.within(value.name, () => mul(cast(codes, 'float32'), perRow(scales, value)));
    },
    node(node) {
      if (integerWeight(node)) return integerProduct(node, weights);
      return node.op === 'Gather' ? integerTable(node, weights) : null;
    },
  });
}
