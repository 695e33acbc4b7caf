import { add, concat, gather, slice } from '../graph/ops.js';
import type { Value } from '../graph/value.js';
import { crossAttention, crossKeysValues, type KeysValues, type Rows, selfAttention } from '../layers/attention.js';
import { norm } from '../layers/linear.js';
import { mlp } from '../layers/mlp.js';
import type { Scope } from '../layers/scope.js';
import type { ModelConfig } from './config.js';
import { TEXT_EPSILON } from './text-encoder.js';

/** Tokens of one modality, [B,M,D], with the additive mask of its padding, [B,1,1,M], where it has any. */
export interface Tokens {
  tokens: Value;
  mask: Value | null;
}

/**
 * One use of a cross-modality encoder: which rows of the query batch meet which rows of the context batch (int64 [n]; null: all, in
 * order), and what is read of the result.
 */
export interface Pairing {
  queryRows: Value | null;
  contextRows: Value | null;
  read: Rows;
}

const pick = <V extends Value | null>(value: V, rows: Value | null): V =>
  value && rows ? (gather(value, rows) as V) : value;
const joinRows = (rows: readonly (Value | null)[]): Value | null => (rows[0] ? concat(rows as Value[], 0) : null);

function selfPart(scope: Scope, x: Value, mask: Value | null, heads: number, rows: Rows): Value {
  const own = rows === 'all' ? x : slice(x, 1, 0, 1);
  return norm(scope, 'norm1', add(own, selfAttention(scope, 'self_attn', x, heads, mask, rows)), TEXT_EPSILON);
}

/** The second half of a cross-attention block, post-norm: cross-attention over `context`, then feed-forward. [B,M,D] -> [B,M,D]. */
export function crossPart(scope: Scope, x: Value, context: KeysValues, mask: Value | null, mlpRatio: number): Value {
  const crossed = norm(scope, 'norm2', add(x, crossAttention(scope, 'cross_attn', x, context, mask)), TEXT_EPSILON);
  return norm(scope, 'norm3', add(crossed, mlp(scope, 'mlp', crossed, mlpRatio)), TEXT_EPSILON);
}

/**
 * A stack of cross-attention blocks, post-norm: self-attention, cross-attention, feed-forward (Figure 3 b). Keys and values of every
 * block are the other modality's encoder outputs, not updated from block to block (appendix A.2). Nothing is computed twice: the first
 * self-attention and all keys and values are computed once for the given batches and then gathered for each pairing; the last block
 * computes only the row that is read.
 *
 * Returns one value a pairing: [n,1,D] where the first row is read, else [n,M,D].
 */
export function crossBlocks(
  scope: Scope,
  queries: Tokens,
  context: Tokens,
  pairings: readonly Pairing[],
  depth: number,
  config: ModelConfig,
): Value[] {
  const { heads, mlpRatio } = config;
  const queryRows = joinRows(pairings.map((pairing) => pairing.queryRows));
  const contextRows = joinRows(pairings.map((pairing) => pairing.contextRows));
  const keysValues = Array.from({ length: depth }, (_, i) =>
    scope.within(`blocks.${i}`, (inner) => crossKeysValues(inner, 'cross_attn', context.tokens, heads)),
  );
  const pickContext = ({ keys, values }: KeysValues, rows: Value | null): KeysValues => ({
    keys: pick(keys, rows),
    values: pick(values, rows),
  });
  const last = depth - 1;
  // A single pairing that reads one row needs no other row of the last block, even when that block is also the first.
  const alone = pairings.length === 1 ? pairings[0]!.read : 'all';
  let x = scope.within('blocks.0', (inner) =>
    pick(selfPart(inner, queries.tokens, queries.mask, heads, depth === 1 ? alone : 'all'), queryRows),
  );
  const queryMask = pick(queries.mask, queryRows);
  const contextMask = pick(context.mask, contextRows);
  for (let i = 0; i < last; i++) {
    x = scope.within(`blocks.${i}`, (inner) => {
      const own = i === 0 ? x : selfPart(inner, x, queryMask, heads, 'all');
      return crossPart(inner, own, pickContext(keysValues[i]!, contextRows), contextMask, mlpRatio);
    });
  }
  return scope.within(`blocks.${last}`, (inner) => {
    let start = 0;
    return pairings.map((pairing) => {
      const count = pairings.length === 1 ? null : (pairing.queryRows!.shape[0] as number);
      const part = (value: Value): Value => (count === null ? value : slice(value, 0, start, start + count));
      const mask = queryMask && part(queryMask);
      let own = part(x);
      if (depth > 1) own = selfPart(inner, own, mask, heads, pairing.read);
      else if (pairing.read === 'first' && alone === 'all') own = slice(own, 1, 0, 1);
      const result = crossPart(
        inner,
        own,
        pickContext(keysValues[last]!, pairing.contextRows),
        pick(context.mask, pairing.contextRows),
        mlpRatio,
      );
      start += count ?? 0;
      return result;
    });
  });
}

/** g_im: image queries attend to text (section 3.1). See {@link crossBlocks}. */
export const imageCrossEncoder = (
  root: Scope,
  image: Tokens,
  text: Tokens,
  pairings: readonly Pairing[],
  config: ModelConfig,
): Value[] =>
  root.within('image_cross_encoder', (scope) => crossBlocks(scope, image, text, pairings, config.crossDepth, config));

/** g_txt: text queries attend to the image (section 3.1). See {@link crossBlocks}. */
export const textCrossEncoder = (
  root: Scope,
  text: Tokens,
  image: Tokens,
  pairings: readonly Pairing[],
  config: ModelConfig,
): Value[] =>
  root.within('text_cross_encoder', (scope) => crossBlocks(scope, text, image, pairings, config.crossDepth, config));
