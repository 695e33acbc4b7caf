/**
 * Token features of one picture or text, [rows, D], row by row: float16 bits as they are at rest, or float32 where a model has nothing to
 * store.
 */
export interface Tokens {
  tokens: Uint16Array | Float32Array;
  rows: number;
}

/** One picture or text as the encoders of a model for retrieval see it: its place in the common space, and its tokens for the matcher. */
export interface Encoded extends Tokens {
  tokens: Uint16Array;
  /** [E], unit length. */
  embedding: Float32Array;
}
