/**
 * IEEE 754 half precision at rest. Token features are stored as the 16 bits of each number in a Uint16Array, since Node 20 has no
 * Float16Array; models read and write float32.
 */

const SUBNORMAL_UNIT = 2 ** -24;

function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * SUBNORMAL_UNIT;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Every half as a number: a table of 256 KiB is faster than arithmetic, and cannot be wrong in a corner. */
const VALUES = Float32Array.from({ length: 2 ** 16 }, (_, bits) => halfToNumber(bits));

/** Writes the values of `halves` into `target` from index `offset` on. Exact. */
export function halvesToFloats(halves: Uint16Array, target: Float32Array, offset: number): void {
  for (let i = 0; i < halves.length; i++) target[offset + i] = VALUES[halves[i]!]!;
}

const scratch = new Float32Array(1);
const scratchBits = new Uint32Array(scratch.buffer);

/** 2^-14, the smallest normal half, and 2^16, beyond the largest, as float32 bits. */
const SMALLEST_NORMAL = 0x38800000;
const TOO_LARGE = 0x47800000;
const INFINITY = 0x7f800000;

function halfOf(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude >= TOO_LARGE) return sign | (magnitude > INFINITY ? 0x7e00 : 0x7c00);
  // Round to nearest even; a carry out of the fraction lands in the exponent, where it belongs.
  if (magnitude >= SMALLEST_NORMAL) return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
  // One ulp of numbers in [0.5, 1) is one subnormal unit: adding 0.5 lets the float32 adder do the rounding.
  scratchBits[0] = magnitude;
  scratch[0] = scratch[0]! + 0.5;
  return sign | (scratchBits[0]! - 0x3f000000);
}

/** The halves nearest to `floats` (ties to even; beyond 65,504 infinity). */
export function floatsToHalves(floats: Float32Array): Uint16Array<ArrayBuffer> {
  const bits = new Uint32Array(floats.buffer, floats.byteOffset, floats.length);
  const halves = new Uint16Array(floats.length);
  for (let i = 0; i < bits.length; i++) halves[i] = halfOf(bits[i]!);
  return halves;
}
