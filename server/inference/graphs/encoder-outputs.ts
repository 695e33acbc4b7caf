import { floatsToHalves } from '../../../model/precision/float16.js';
import type { Tokens } from '../tokens.js';
import { floatsOf, type Tensors } from './graph-codec.js';

/**
 * What an encoder gives for one picture or text. A model with a common space, one for retrieval, has the embedding [E], and its tokens are
 * float16 since they may be stored; other models have no embedding, and their tokens stay as they are.
 */
export type EncoderOutput = Tokens & { embedding?: Float32Array };

/**
 * Reads what an encoder gives for each picture or text of a batch: `<kind>_tokens` [B,R,D], of which the first `rowsOf` rows are kept, and
 * `<kind>_embedding` [B,E] where there is one.
 */
export function readEncoded(
  kind: 'image' | 'text',
  outputs: Tensors,
  rowsOf: (index: number, rows: number) => number,
): EncoderOutput[] {
  const tokens = floatsOf(outputs, `${kind}_tokens`);
  const [batch = 0, all = 0, width = 0] = tokens.dims;
  const own = Array.from({ length: batch }, (_, b) => {
    const rows = rowsOf(b, all);
    const start = b * all * width;
    return { tokens: tokens.data.subarray(start, start + rows * width), rows };
  });
  const name = `${kind}_embedding`;
  if (!outputs[name]) return own.map(({ tokens: floats, rows }) => ({ tokens: floats.slice(), rows }));
  const { data, dims } = floatsOf(outputs, name);
  const size = dims[1]!;
  return own.map(({ tokens: floats, rows }, b) => ({
    embedding: data.slice(b * size, (b + 1) * size),
    tokens: floatsToHalves(floats),
    rows,
  }));
}

export function transferEncoded({ embedding, tokens }: EncoderOutput): ArrayBuffer[] {
  return [tokens, ...(embedding ? [embedding] : [])].map(({ buffer }) => buffer as ArrayBuffer);
}

/** Cuts the outputs of a batch into those of each message. */
export function splitByMessage<Output>(
  outputs: readonly Output[],
  messages: readonly { length: number }[],
): Output[][] {
  let next = 0;
  return messages.map(({ length }) => {
    next += length;
    return outputs.slice(next - length, next);
  });
}
