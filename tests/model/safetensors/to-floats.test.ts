import { describe, expect, test } from 'vitest';
import type { Tensor } from '../../../model/safetensors/tensor.js';
import { toFloats } from '../../../model/safetensors/to-floats.js';

const tensor = <D extends Tensor['dtype']>(dtype: D, data: Extract<Tensor, { dtype: D }>['data']) =>
  ({ dtype, shape: [data.length], data }) as Tensor;

describe('the numbers of', () => {
  test('F32 are those of the tensor', () => {
    const data = Float32Array.of(1, 2);
    expect(toFloats(tensor('F32', data), 'x')).toBe(data);
  });

  test('F64 are rounded', () => {
    expect(toFloats(tensor('F64', Float64Array.of(0.1, 1e300)), 'x')).toEqual(
      Float32Array.of(0.1, Number.POSITIVE_INFINITY),
    );
  });

  // Bits and values as in the tables of IEEE 754.
  test.each([
    [0x0000, 0],
    [0x8000, -0],
    [0x0001, 2 ** -24],
    [0x83ff, -1023 * 2 ** -24],
    [0x0400, 2 ** -14],
    [0x3555, 0.333251953125],
    [0x3c00, 1],
    [0xc000, -2],
    [0x7bff, 65504],
    [0x7c00, Number.POSITIVE_INFINITY],
    [0xfc00, Number.NEGATIVE_INFINITY],
    [0x7e00, Number.NaN],
  ])('F16 are exact: 0x%s', (bits, value) => {
    expect(toFloats(tensor('F16', Uint16Array.of(bits)), 'x')).toEqual(Float32Array.of(value));
  });

  test.each([
    [0x3f80, 1],
    [0xbf00, -0.5],
    [0x4049, 3.140625],
    [0x0001, 2 ** -133],
    [0x7f80, Number.POSITIVE_INFINITY],
    [0x7fc0, Number.NaN],
  ])('BF16 are exact: 0x%s', (bits, value) => {
    expect(toFloats(tensor('BF16', Uint16Array.of(bits)), 'x')).toEqual(Float32Array.of(value));
  });

  test('integers are refused by name', () => {
    expect(() => toFloats(tensor('I64', BigInt64Array.of(1n)), 'a.b')).toThrow(
      'a.b: expected F32, F16, BF16 or F64, got I64',
    );
  });
});
