import { floatsToHalves } from '../../../model/precision/float16.js';
import type { Encoded } from '../tokens.js';
import { floatsOf, type Tensors } from './graph-codec.js';

/**
 * Reads what an encoder gives for each picture or text of a batch: `<kind>_embedding` [B,E] and `<kind>_tokens` [B,R,D], of which the
 * first `rowsOf` rows are kept.
 */
export function readEncoded(
  kind: 'image' | 'text',
  outputs: Tensors,
  rowsOf: (index: number, rows: number) => number,
): Encoded[] {
  const tokens = floatsOf(outputs, `${kind}_tokens`);
  const embeddings = floatsOf(outputs, `${kind}_embedding`);
  const [batch = 0, all = 0, width = 0] = tokens.dims;
  const [, size = 0] = embeddings.dims;
  return Array.from({ length: batch }, (_, b) => {
    const rows = rowsOf(b, all);
    const start = b * all * width;
    return {
      embedding: embeddings.data.slice(b * size, (b + 1) * size),
      tokens: floatsToHalves(tokens.data.subarray(start, start + rows * width)),
      rows,
    };
  });
}

export function transferEncoded({ embedding, tokens }: Encoded): ArrayBuffer[] {
  return [embedding.buffer as ArrayBuffer, tokens.buffer as ArrayBuffer];
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
