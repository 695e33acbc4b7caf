/** IEEE 754 half precision as its 16 bits in a Uint16Array, since Node 20 has no Float16Array: how token features are kept at rest. */

/** The numbers that the halves stand for. Exact. */
export function halvesToFloats(halves: Uint16Array): Float32Array<ArrayBuffer> {
  const bits = new Uint32Array(halves.length);
  const floats = new Float32Array(bits.buffer);
  for (let i = 0; i < halves.length; i++) {
    const sign = (halves[i]! & 0x8000) << 16;
    const magnitude = halves[i]! & 0x7fff;
    // The exponent's bias grows from 15 to 127; infinity and NaN keep an exponent of all ones.
    if (magnitude >= 0x400) bits[i] = sign | ((magnitude << 13) + (magnitude >= 0x7c00 ? 0x70000000 : 0x38000000));
    else floats[i] = (sign ? -magnitude : magnitude) * 2 ** -24;
  }
  return floats;
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
