import { describe, expect, test } from 'vitest';
import { floatsToHalves, halvesToFloats } from '../../../model/precision/float16.js';

describe('float16', () => {
  test('every half survives the way to float32 and back', () => {
    const halves = Uint16Array.from({ length: 2 ** 16 }, (_, bits) => bits);
    const floats = halvesToFloats(halves);
    const back = floatsToHalves(floats);
    for (let bits = 0; bits < halves.length; bits++) {
      if (Number.isNaN(floats[bits])) expect(Number.isNaN(halvesToFloats(back.subarray(bits, bits + 1))[0])).toBe(true);
      else if (back[bits] !== bits) expect.fail(`${bits} came back as ${back[bits]}`);
    }
  });

  test('every number between two halves goes to the nearer one, and halfway to the even one', () => {
    const largest = 0x7bff;
    for (let bits = 0; bits < largest; bits++) {
      const [low, high] = halvesToFloats(Uint16Array.of(bits, bits + 1)) as unknown as [number, number];
      const middle = (low + high) / 2;
      const nearly = [middle - (high - low) / 8, middle, middle + (high - low) / 8];
      const even = bits % 2 === 0 ? bits : bits + 1;
      const got = [...floatsToHalves(Float32Array.from([...nearly, ...nearly.map((value) => -value)]))];
      const wanted = [bits, even, bits + 1];
      const signed = [...wanted, ...wanted.map((half) => half | 0x8000)];
      if (got.join() !== signed.join()) expect.fail(`between ${bits} and ${bits + 1}: ${got} instead of ${signed}`);
    }
  });

  test.each([
    ['the largest half', 65504, 0x7bff],
    ['just below the point where it rounds up', 65519.996, 0x7bff],
    ['beyond the largest', 65520, 0x7c00],
    ['far beyond', 1e30, 0x7c00],
    ['infinity', Number.POSITIVE_INFINITY, 0x7c00],
    ['minus infinity', Number.NEGATIVE_INFINITY, 0xfc00],
    ['below half of the smallest', 2 ** -26, 0],
    ['half of the smallest', 2 ** -25, 0],
    ['minus zero', -0, 0x8000],
    ['a float32 subnormal', 1e-40, 0],
  ])('%s', (_name, value, half) => {
    expect(floatsToHalves(Float32Array.of(value))[0]).toBe(half);
  });

  test('reads a view that begins inside its buffer', () => {
    expect([...floatsToHalves(Float32Array.of(0, 1, 2, 0).subarray(1, 3))]).toEqual([0x3c00, 0x4000]);
    expect([...halvesToFloats(Uint16Array.of(0, 0x3c00, 0x4000).subarray(1))]).toEqual([1, 2]);
  });
});
