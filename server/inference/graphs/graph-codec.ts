import type { BundleRole } from '../../../model/bundle/bundle-role.js';
import type { Tokenizer } from '../../../model/tokenizer/tokenizer.js';
import type { TokenKey } from '../../store/token-reader.js';

/** A tensor without onnxruntime, which only the workers load. float16 numbers are their 16 bits. */
export type TensorValue =
  | { type: 'float32'; data: Float32Array; dims: readonly number[] }
  | { type: 'float16'; data: Uint16Array; dims: readonly number[] }
  | { type: 'int64'; data: BigInt64Array; dims: readonly number[] };

/** Graph inputs or outputs by their names in the ONNX file. */
export type Tensors = Record<string, TensorValue>;

/** A message to the worker, with the buffers that move there. */
export interface Packed<Message> {
  message: Message;
  transfer: ArrayBuffer[];
}

/** An input as its graph has it: the dimensions are sizes, and names where they differ from run to run. */
export interface GraphInput {
  type: string;
  dims: readonly (number | string)[];
}

/** A graph with its weights. */
export interface LoadedGraph {
  input(name: string): GraphInput;
  run(feeds: Tensors): Promise<Tensors>;
}

/**
 * What feeding and reading the graphs of a model takes, of the bundle and of the worker. The memory for an input is used again by every
 * run: what it holds is left from the run before.
 */
export interface ModelContext {
  /** S, side of the picture in pixels. */
  imageSize: number;
  /** Longest text in tokens. */
  maxLength: number;
  /** Longest answer in tokens, its end included. */
  answerLength: number;
  tokenizer: Tokenizer;
  graph(role: BundleRole): LoadedGraph;
  floats(input: string, length: number): Float32Array;
  halves(input: string, length: number): Uint16Array;
  /** Tokens [rows * D] in the store, a view that the next read overwrites; undefined where the item is gone. */
  stored(key: TokenKey): Uint16Array | undefined;
}

/**
 * One kind of work that is done with the graphs of a model: a run of one of them, or several runs that lead to one another, as an answer is
 * decoded token by token. `pack` runs in the main thread and must only copy; `run` runs in the worker, and nothing comes in between.
 * Several packed messages may share their runs; each has its outputs in the order of its inputs.
 */
export interface GraphCodec<Input, Message, Output> {
  /** What it runs, by the roles in a bundle. */
  roles: readonly BundleRole[];
  pack(inputs: readonly Input[]): Packed<Message>;
  run(messages: readonly Message[], context: ModelContext): Promise<Output[][]>;
  /** The buffers of an output that move back to the main thread. */
  transfer(output: Output): ArrayBuffer[];
}

/** The float32 numbers of an output. */
export function floatsOf(tensors: Tensors, name: string): { data: Float32Array; dims: readonly number[] } {
  const tensor = tensors[name];
  if (tensor?.type !== 'float32') throw new Error(`the graph has no float32 output named ${name}`);
  return { data: tensor.data, dims: tensor.dims };
}
