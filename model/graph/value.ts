import { ExpectationError } from '../errors.js';
import type { Graph, Node } from './graph.js';

/** Element types used by the graphs, in ONNX's names. */
export type Dtype = 'float32' | 'float16' | 'int64' | 'int32' | 'int8' | 'uint8' | 'bool';

/** One dimension: a size, or a symbol such as `B`; a product is written `B*L` or `65*K`, a sum `P+T`. */
export type Dim = number | string;
export type Shape = readonly Dim[];

export type ConstantData = Float32Array | Uint16Array | BigInt64Array | Int32Array | Int8Array | Uint8Array;

/** A tensor in a graph: an input, a constant or the output of a node. */
export interface Value {
  readonly graph: Graph;
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: Shape;
  /** Absent for inputs and constants. */
  readonly producer?: Node;
  /** Present for constants only. */
  readonly data?: ConstantData;
}

export const shapeText = (shape: Shape): string => `[${shape.join(',')}]`;

/** `name[2,3]`: how errors name a tensor. */
export const valueText = (value: Value): string => `${value.name}${shapeText(value.shape)}`;

/** The sizes of a static shape. Throws, naming the tensor, when a dimension is symbolic. */
export function staticShape(value: Value): number[] {
  return value.shape.map((dim) => {
    if (typeof dim !== 'number') throw new ExpectationError(value.name, 'a static shape', shapeText(value.shape));
    return dim;
  });
}

/** Number of elements of a static shape. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, dim) => product * dim, 1);

/** The product of dimensions, symbols sorted so that equal products read the same. */
export function dimProduct(dims: Shape): { size: number; symbols: string } {
  let size = 1;
  const symbols: string[] = [];
  for (const dim of dims) {
    for (const factor of String(dim).split('*')) {
      if (/^\d+$/.test(factor)) size *= Number(factor);
      else symbols.push(factor);
    }
  }
  return { size, symbols: symbols.sort().join('*') };
}

/** The product of dimensions as one dimension: a number, or such as `65*K`. */
export function productDim(dims: Shape): Dim {
  const { size, symbols } = dimProduct(dims);
  if (symbols === '') return size;
  return size === 1 ? symbols : `${size}*${symbols}`;
}

/** Half of an even dimension: `K` of `2*K`. Throws when it is no multiple of 2. */
export function halfDim(dim: Dim): Dim {
  const { size, symbols } = dimProduct([dim]);
  if (size % 2 !== 0) throw new ExpectationError('dimension', 'a multiple of 2', String(dim));
  return productDim([size / 2, ...(symbols ? [symbols] : [])]);
}

/** The sum of dimensions as one dimension: a number, or such as `P+T`, a symbol of its own. */
export const sumDim = (dims: Shape): Dim =>
  dims.every((dim) => typeof dim === 'number') ? dims.reduce((sum, dim) => sum + dim, 0) : dims.join('+');

/** NumPy broadcasting of two shapes. Throws `where: expected broadcastable shapes, got ...`. */
export function broadcastShapes(where: string, a: Shape, b: Shape): Dim[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const left = a[a.length - rank + i] ?? 1;
    const right = b[b.length - rank + i] ?? 1;
    if (left === right || right === 1) return left;
    if (left === 1) return right;
    throw new ExpectationError(where, 'broadcastable shapes', `${shapeText(a)} and ${shapeText(b)}`);
  });
}

/** `axis` counted from the front. Throws when it is outside `[-rank, rank)`. */
export function positiveAxis(where: string, axis: number, rank: number): number {
  const positive = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(positive) || positive < 0 || positive >= rank) {
    throw new ExpectationError(where, `an axis in [${-rank}, ${rank})`, String(axis));
  }
  return positive;
}
