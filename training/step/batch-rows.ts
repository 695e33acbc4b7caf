import { type ConstantData, sizeOf } from '../../model/graph/value.js';
import type { HostTensor } from '../../model/onnx/session.js';

/** `count` row numbers from `start` on. */
export const rowsFrom = (start: number, count: number): number[] => Array.from({ length: count }, (_, i) => start + i);

const rowLength = ({ shape }: HostTensor): number => sizeOf(shape.slice(1));

/** A tensor of zeros. */
export const zeroRows = (shape: readonly number[]): HostTensor => ({
  dtype: 'float32',
  shape,
  data: new Float32Array(sizeOf(shape)),
});

/** Part `part` of `parts` equal ones along the first axis: a view, not a copy. */
export function partOf(tensor: HostTensor, part: number, parts: number): HostTensor {
  const count = tensor.shape[0]! / parts;
  const length = count * rowLength(tensor);
  return {
    ...tensor,
    shape: [count, ...tensor.shape.slice(1)],
    data: tensor.data.subarray(part * length, (part + 1) * length),
  };
}

/** Copies of rows [n,...]. */
export function gatherRows(tensor: HostTensor, rows: readonly number[]): HostTensor {
  const length = rowLength(tensor);
  const Data = tensor.data.constructor as new (size: number) => ConstantData;
  const data = new Data(rows.length * length);
  for (const [i, row] of rows.entries())
    (data as Float32Array).set(tensor.data.subarray(row * length, (row + 1) * length) as Float32Array, i * length);
  return { ...tensor, shape: [rows.length, ...tensor.shape.slice(1)], data };
}

/** Adds each row of `from` to the row of `to` with the number in `rows`; a number may come more than once. */
export function addRows(to: HostTensor, rows: readonly number[], from: HostTensor): void {
  const length = rowLength(to);
  const [target, source] = [to.data as Float32Array, from.data as Float32Array];
  for (const [i, row] of rows.entries()) {
    const [at, start] = [row * length, i * length];
    for (let j = 0; j < length; j++) target[at + j]! += source[start + j]!;
  }
}

/** Sum of all numbers of a tensor. */
export const sumOf = ({ data }: HostTensor): number => (data as Float32Array).reduce((sum, x) => sum + x, 0);
