import { expect } from '../errors.js';
import { elementCount, type Tensor } from '../safetensors/tensor.js';

/** Where the elements of a tensor lie in its storage: index i lies at offset + sum of i[axis] * strides[axis]. */
export interface Strided {
  offset: number;
  shape: readonly number[];
  strides: readonly number[];
}

/** Whether the elements lie one after the other, row-major. */
function isContiguous({ shape, strides }: Strided): boolean {
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== step) return false;
    step *= shape[axis]!;
  }
  return true;
}

/**
 * The elements of a tensor, row-major: a view of `storage` where they lie so already, else a copy. Throws an ExpectationError that names
 * `what` when they lie outside the storage, or the storage has fewer than the tensor, as for one that was expanded.
 */
export function gatherStrided(storage: Tensor['data'], strided: Strided, what: string): Tensor['data'] {
  const { offset, shape, strides } = strided;
  const count = elementCount(shape);
  expect(count <= storage.length, what, `at most the ${storage.length} elements of its storage`, count);
  const last = shape.reduce((sum, dim, axis) => sum + (dim - 1) * strides[axis]!, offset);
  expect(count === 0 || last < storage.length, what, `elements below ${storage.length}`, `an element ${last}`);
  if (count === 0) return storage.slice(0, 0);
  if (isContiguous(strided)) return storage.subarray(offset, offset + count);
  const gathered = storage.slice(0, count);
  const index = shape.map(() => 0);
  for (let i = 0, at = offset; i < count; i++) {
    gathered[i] = storage[at]!;
    // Counts up the index like an odometer, the last axis first.
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      at -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return gathered;
}
