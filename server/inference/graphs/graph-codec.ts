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

/**
 * What feeding and reading a graph takes, of the bundle and of the worker. The memory for an input is used again by every run: what it
 * holds is left from the run before.
 */
export interface GraphContext {
  /** S, side of the picture in pixels. */
  imageSize: number;
  /** Longest text in tokens. */
  maxLength: number;
  tokenizer: Tokenizer;
  /** The dimensions of a graph input as the graph has them: sizes, and names where they differ from run to run. */
  dimsOf(input: string): readonly (number | string)[];
  floats(input: string, length: number): Float32Array;
  halves(input: string, length: number): Uint16Array;
  /** Tokens [rows * D] in the store, a view that the next read overwrites; undefined where the item is gone. */
  stored(key: TokenKey): Uint16Array | undefined;
}

/** One run: what goes in, and how the outputs of each message are read from what comes out. */
export interface GraphRun<Output> {
  feeds: Tensors;
  read(outputs: Tensors): Output[][];
}

/**
 * How one graph is fed and read. `pack` runs in the main thread and must only copy; `begin` runs in the worker. Several packed messages
 * may share one run.
 */
export interface GraphCodec<Input, Message, Output> {
  pack(inputs: readonly Input[]): Packed<Message>;
  begin(messages: readonly Message[], context: GraphContext): GraphRun<Output>;
  /** The buffers of an output that move back to the main thread. */
  transfer(output: Output): ArrayBuffer[];
}

/** The float32 numbers of an output. */
export function floatsOf(tensors: Tensors, name: string): { data: Float32Array; dims: readonly number[] } {
  const tensor = tensors[name];
  if (tensor?.type !== 'float32') throw new Error(`the graph has no float32 output named ${name}`);
  return { data: tensor.data, dims: tensor.dims };
}
