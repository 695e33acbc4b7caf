/** Writes a graph as an ONNX file (IR 10, opset 21). Field numbers are those of onnx.proto3. */
import type { Graph } from '../graph/graph.js';
import type { Dtype, Shape, Value } from '../graph/value.js';
import { cutTranspositions } from './gather-transpose.js';
import { DTYPE_CODES, lower, type OnnxAttribute, type OnnxNode, SmallTensors } from './lower.js';
import { MessageWriter } from './protobuf.js';
import { WeightFile } from './weight-file.js';

const IR_VERSION = 10;
const OPSET = 21;
/** A protobuf message ends at 2 GB: beyond this many bytes of weights they go into a file beside the graph. */
export const EXTERNAL_DATA_THRESHOLD = 1.9e9;

export interface OnnxFile {
  /** The ModelProto in pieces, to be written one after the other. */
  model: Uint8Array[];
  /** Weights kept outside the ModelProto, in order, when they exceed the threshold. */
  externalData?: { location: string; chunks: Uint8Array[] };
}

const bytesOf = (data: ArrayBufferView): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

function attribute(name: string, value: OnnxAttribute): MessageWriter {
  const message = new MessageWriter().string(1, name);
  if ('ints' in value) return message.ints(8, value.ints).int(20, 7);
  if ('int' in value) return message.int(3, value.int).int(20, 2);
  if ('float' in value) return message.float(2, value.float).int(20, 1);
  return message.string(4, value.string).int(20, 3);
}

function nodeProto(node: OnnxNode): MessageWriter {
  const message = new MessageWriter();
  for (const input of node.inputs) message.string(1, input);
  for (const output of node.outputs) message.string(2, output);
  message.string(3, node.name).string(4, node.op);
  for (const [name, value] of Object.entries(node.attributes)) message.message(5, attribute(name, value));
  return message;
}

function valueInfo(name: string, dtype: Dtype, shape: Shape): MessageWriter {
  const dims = new MessageWriter();
  for (const dim of shape) {
    dims.message(1, typeof dim === 'number' ? new MessageWriter().int(1, dim) : new MessageWriter().string(2, dim));
  }
  const tensor = new MessageWriter().int(1, DTYPE_CODES[dtype]).message(2, dims);
  return new MessageWriter().string(1, name).message(2, new MessageWriter().message(1, tensor));
}

const tensorHead = (name: string, dtype: Dtype, shape: readonly number[]) =>
  new MessageWriter().ints(1, shape).int(2, DTYPE_CODES[dtype]).string(8, name);

/** Weights smaller than this many bytes stay in the graph. */
const SMALL_WEIGHTS = 1024;

/** The TensorProto of a constant, its bytes in `file` where there is one. */
function weightTensor(value: Value, file: WeightFile | undefined): MessageWriter {
  const bytes = bytesOf(value.data!);
  const message = tensorHead(value.name, value.dtype, value.shape as number[]);
  if (!file || bytes.byteLength < SMALL_WEIGHTS) return message.bytes(9, bytes);
  const entry = (key: string, text: string) => new MessageWriter().string(1, key).string(2, text);
  message.message(13, entry('location', file.location));
  message.message(13, entry('offset', String(file.add(value.name, bytes))));
  return message.message(13, entry('length', String(bytes.byteLength))).int(14, 1);
}

export interface WriteOnnxOptions {
  /** Takes the weights of this and other graphs, instead of the graph itself or a file of its own. */
  weights?: WeightFile;
  externalLocation?: string;
  externalThreshold?: number;
  mostParts?: number;
  biasApart?: boolean;
}

/**
 * The ONNX form of `graph`; outputs carry their declared names. Weights beyond {@link EXTERNAL_DATA_THRESHOLD} bytes (or
 * `externalThreshold`) are returned as external data to be stored at `externalLocation`, relative to the model file; with `weights` they all
 * go there. No Split has more parts than `mostParts`. With `biasApart` large products add their bias afterwards, which is quicker on a cpu.
 */
export function writeOnnx(
  graph: Graph,
  {
    weights,
    externalLocation = `${graph.name}.onnx.data`,
    externalThreshold = EXTERNAL_DATA_THRESHOLD,
    mostParts = Number.POSITIVE_INFINITY,
    biasApart = false,
  }: WriteOnnxOptions = {},
): OnnxFile {
  const total = graph.constants.reduce((sum, { data }) => sum + data!.byteLength, 0);
  const own = !weights && total > externalThreshold ? new WeightFile(externalLocation) : undefined;
  const tensors = new SmallTensors(graph);
  // A computed value that is an output bears the output's name; what is an input, a constant or an output twice needs an Identity.
  const names = new Map<Value, string>();
  const copies = graph.outputs.filter(({ name, value }) => {
    const direct = value.producer && !names.has(value);
    if (direct) names.set(value, name);
    return !direct;
  });
  const nameOf = (value: Value) => names.get(value) ?? value.name;
  const live = graph.liveNodes();
  const cut = cutTranspositions(
    live,
    graph.outputs.map(({ value }) => value),
  );
  const nodes = live.flatMap((node) => lower(node, tensors, { nameOf, mostParts, biasApart, cut }));
  for (const { name, value } of copies) {
    nodes.push({ op: 'Identity', name: `output/${name}`, inputs: [nameOf(value)], outputs: [name], attributes: {} });
  }
  const body = new MessageWriter();
  for (const node of [...tensors.nodes, ...nodes]) body.message(1, nodeProto(node));
  body.string(2, graph.name);
  for (const value of graph.constants) body.message(5, weightTensor(value, weights ?? own));
  for (const [name, { shape, values }] of tensors.ints) {
    body.message(5, tensorHead(name, 'int64', shape).bytes(9, bytesOf(BigInt64Array.from(values, (x) => BigInt(x)))));
  }
  for (const [name, { shape, values }] of tensors.floats) {
    body.message(5, tensorHead(name, 'float32', shape).bytes(9, bytesOf(Float32Array.from(values))));
  }
  for (const { name, dtype, shape } of graph.inputs) body.message(11, valueInfo(name, dtype, shape));
  for (const { name, value } of graph.outputs) body.message(12, valueInfo(name, value.dtype, value.shape));
  const opset = new MessageWriter().string(1, '').int(2, OPSET);
  const model = new MessageWriter().int(1, IR_VERSION).string(2, 'maskvlm').message(7, body).message(8, opset);
  return {
    model: model.chunks,
    externalData: own && { location: own.location, chunks: own.chunks },
  };
}
