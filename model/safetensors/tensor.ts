/** The array that holds the elements of each safetensors dtype; 16-bit floats are their bits, a BOOL is a byte 0 or 1. */
interface ArrayOf {
  F64: Float64Array;
  F32: Float32Array;
  F16: Uint16Array;
  BF16: Uint16Array;
  I64: BigInt64Array;
  U64: BigUint64Array;
  I32: Int32Array;
  U32: Uint32Array;
  I16: Int16Array;
  U16: Uint16Array;
  I8: Int8Array;
  U8: Uint8Array;
  BOOL: Uint8Array;
}

export type Dtype = keyof ArrayOf;

/** A named block of numbers, row-major; `data.length` is the product of `shape`. Checking `dtype` tells the type of `data`. */
export type Tensor = { [D in Dtype]: { dtype: D; shape: number[]; data: ArrayOf[D] } }[Dtype];

/** How each dtype is laid out in memory: the typed array's constructor knows the element's size in bytes. */
export const ARRAYS: { [D in Dtype]: { new (buffer: ArrayBuffer): ArrayOf[D]; readonly BYTES_PER_ELEMENT: number } } = {
  F64: Float64Array,
  F32: Float32Array,
  F16: Uint16Array,
  BF16: Uint16Array,
  I64: BigInt64Array,
  U64: BigUint64Array,
  I32: Int32Array,
  U32: Uint32Array,
  I16: Int16Array,
  U16: Uint16Array,
  I8: Int8Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
};

/** Number of elements of a shape; 1 for a scalar `[]`. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1);
}
