import { ExpectationError } from '../errors.js';

/** A matrix as 8-bit integers, row after row: row r is `scales[r]` times its codes. */
export interface QuantizedRows {
  codes: Int8Array;
  scales: Float32Array;
}

/**
 * Symmetric quantisation, a scale for each row: the number of largest magnitude in the row becomes `largest` or its negative. Throws,
 * naming `what`, when a number is not finite.
 */
export function quantizeRows(what: string, data: Float32Array, rows: number, largest: number): QuantizedRows {
  const codes = new Int8Array(data.length);
  const scales = new Float32Array(rows);
  const width = data.length / rows;
  for (let row = 0; row < rows; row++) {
    let most = 0;
    for (let i = row * width; i < (row + 1) * width; i++) {
      if (!Number.isFinite(data[i]!)) throw new ExpectationError(what, 'finite numbers', String(data[i]));
      most = Math.max(most, Math.abs(data[i]!));
    }
    // A row of zeros has codes of zero, whatever its scale.
    const scale = most === 0 ? 1 : Math.fround(most / largest);
    scales[row] = scale;
    for (let i = row * width; i < (row + 1) * width; i++) codes[i] = Math.round(data[i]! / scale);
  }
  return { codes, scales };
}

/** The numbers that the codes stand for, each off by at most half of its row's scale. */
export function dequantizeRows({ codes, scales }: QuantizedRows): Float32Array {
  const width = codes.length / scales.length;
  return Float32Array.from(codes, (code, i) => code * scales[Math.floor(i / width)]!);
}
