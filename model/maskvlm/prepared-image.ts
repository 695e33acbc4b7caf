/**
 * What the matcher needs of a picture whatever the text is: the first self-attention of the image cross-modality encoder, and the keys
 * and values that the text cross-modality encoder attends to (appendix A.2: they are the image encoder's outputs in every block).
 * Computed once when a picture is stored, it is left out of every later match.
 */
import { concat, reshape, slice } from '../graph/ops.js';
import type { Value } from '../graph/value.js';
import type { Scope } from '../layers/scope.js';
import { imageTokenCount, type ModelConfig } from './config.js';
import { type ContextPart, contextPart, type OwnPart, ownPart } from './cross-encoder.js';

/** The two parts of a picture in a match, none of which has a mask. */
export interface PreparedImage {
  queries: OwnPart;
  context: ContextPart;
}

/** F: numbers that a prepared picture is. */
export const preparedSize = (config: ModelConfig): number =>
  (1 + 2 * config.crossDepth) * imageTokenCount(config) * config.width;

/** image_tokens [I,N,D] -> both parts. */
export function prepareImage(root: Scope, tokens: Value, config: ModelConfig): PreparedImage {
  const image = { tokens, mask: null };
  return {
    queries: root.within('image_cross_encoder', (scope) => ownPart(scope, image, config)),
    context: root.within('text_cross_encoder', (scope) => contextPart(scope, image, config.crossDepth, config)),
  };
}

/** Both parts in one row for each picture, [I,F]: own tokens [N,D], then keys and values [H,N,Dh] of every block. */
export function packPrepared({ queries, context }: PreparedImage, config: ModelConfig): Value {
  const all = [queries.own, ...context.blocks.flatMap(({ keys, values }) => [keys, values])];
  const flat = imageTokenCount(config) * config.width;
  return concat(
    all.map((part) => reshape(part, [part.shape[0]!, flat])),
    1,
  );
}

/** The inverse of {@link packPrepared}. */
export function unpackPrepared(packed: Value, config: ModelConfig): PreparedImage {
  const { heads, width, crossDepth } = config;
  const [images] = packed.shape as [Value['shape'][0]];
  const rows = imageTokenCount(config);
  const part = (at: number, shape: number[]): Value =>
    reshape(slice(packed, 1, at * rows * width, (at + 1) * rows * width), [images, ...shape]);
  const split = [heads, rows, width / heads];
  const blocks = Array.from({ length: crossDepth }, (_, i) => ({
    keys: part(1 + 2 * i, split),
    values: part(2 + 2 * i, split),
  }));
  return { queries: { own: part(0, [rows, width]), mask: null }, context: { blocks, mask: null } };
}
