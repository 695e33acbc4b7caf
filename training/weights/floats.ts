/** A tensor as parameters take it, row-major. */
export interface Floats {
  shape: readonly number[];
  data: Float32Array;
}
