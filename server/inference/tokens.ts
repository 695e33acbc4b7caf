/** Token features of one picture or text at rest: the float16 bits of [rows, D], row by row. */
export interface Tokens {
  tokens: Uint16Array;
  rows: number;
}

/** One picture or text as the encoders see it: its place in the common space, and its tokens for the matcher. */
export interface Encoded extends Tokens {
  /** [E], unit length. */
  embedding: Float32Array;
}
