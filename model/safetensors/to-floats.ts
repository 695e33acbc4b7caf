import { ExpectationError } from '../errors.js';
import { halvesToFloats } from '../precision/float16.js';
import type { Tensor } from './tensor.js';

/** bfloat16, as its 16 bits, to float32: the upper half of it. */
function fromBrainFloats(values: Uint16Array): Float32Array<ArrayBuffer> {
  const bits = new Uint32Array(values.length);
  for (let i = 0; i < values.length; i++) bits[i] = values[i]! << 16;
  return new Float32Array(bits.buffer);
}

/**
 * The numbers of a floating-point tensor as float32: F32 as they lie (not copied), F16 and BF16 exactly, F64 rounded. Throws an
 * ExpectationError that names `what` when the tensor holds something else.
 */
export function toFloats(tensor: Tensor, what: string): Float32Array {
  switch (tensor.dtype) {
    case 'F32':
      return tensor.data;
    case 'F16':
      return halvesToFloats(tensor.data);
    case 'BF16':
      return fromBrainFloats(tensor.data);
    case 'F64':
      return Float32Array.from(tensor.data);
    default:
      throw new ExpectationError(what, 'F32, F16, BF16 or F64', tensor.dtype);
  }
}
