import type { Collection } from '../collections/collection.js';
import { UnknownItemError } from '../collections/collection-errors.js';
import type { EncodeOptions, LoadedModel } from '../inference/loaded-model.js';
import type { Tokens } from '../inference/tokens.js';
import type { TokenKey } from '../store/token-reader.js';

/** What is searched for, before it is encoded. */
export type Query =
  | { kind: 'text'; text: string }
  | { kind: 'image'; bytes: Uint8Array }
  | { kind: 'item'; id: string };

/** What is searched for, as the model sees it. */
export interface EncodedQuery {
  kind: 'image' | 'text';
  /** [E]. */
  embedding: Float32Array;
  tokens: Tokens | TokenKey;
  truncated: boolean;
}

/** An item stands for its picture, or for its caption where it has no picture; neither is encoded again. */
function storedQuery(collection: Collection, id: string): EncodedQuery {
  for (const kind of ['image', 'text'] as const) {
    const encoded = collection.encoded(kind, id);
    if (encoded) return { kind, ...encoded, truncated: false };
  }
  throw new UnknownItemError(id, collection.info().name);
}

/** @throws PictureError when the picture cannot be used, UnknownItemError when there is no such item. */
export async function encodeQuery(
  query: Query,
  model: LoadedModel,
  collection: Collection,
  options: EncodeOptions,
): Promise<EncodedQuery> {
  if (query.kind === 'item') return storedQuery(collection, query.id);
  if (query.kind === 'text') {
    const [sentence] = await model.encodeTexts([query.text], options);
    const { embedding, tokens, rows, truncated } = sentence!;
    return { kind: 'text', embedding, tokens: { tokens, rows }, truncated };
  }
  const [picture] = await model.encodeImages([query.bytes], options);
  if (picture instanceof Error) throw picture;
  const { embedding, tokens, rows } = picture!;
  return { kind: 'image', embedding, tokens: { tokens, rows }, truncated: false };
}
