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

/** What the queries of a stack need of themselves alone: tokens after the first self-attention, [B,M,D] or their first rows [B,1,D]. */
export interface OwnPart {
  own: Value;
  mask: Value | null;
}

/** What a stack needs of the tokens that it attends to: keys and values of every block, and the mask of their padding. */
export interface ContextPart {
  blocks: KeysValues[];
  mask: Value | null;
}

export const ownPart = (scope: Scope, { tokens, mask }: Tokens, config: ModelConfig, rows: Rows = 'all'): OwnPart => ({
  own: scope.within('blocks.0', (inner) => selfPart(inner, tokens, mask, config.heads, rows)),
  mask,
});

export const contextPart = (
  scope: Scope,
  { tokens, mask }: Tokens,
  depth: number,
  config: ModelConfig,
): ContextPart => ({
  blocks: Array.from({ length: depth }, (_, i) =>
    scope.within(`blocks.${i}`, (inner) => crossKeysValues(inner, 'cross_attn', tokens, config.heads)),
  ),
  mask,
});

const pickKeysValues = ({ keys, values }: KeysValues, rows: Value | null): KeysValues => ({
  keys: pick(keys, rows),
  values: pick(values, rows),
});

/** A stack of cross-attention blocks from what each side alone gives; see {@link crossBlocks}. */
export function pairedBlocks(
  scope: Scope,
  queries: OwnPart,
  context: ContextPart,
  pairings: readonly Pairing[],
  config: ModelConfig,
): Value[] {
  const { heads, mlpRatio } = config;
  const queryRows = joinRows(pairings.map((pairing) => pairing.queryRows));
  const contextRows = joinRows(pairings.map((pairing) => pairing.contextRows));
  const last = context.blocks.length - 1;
  let x = pick(queries.own, queryRows);
  const queryMask = pick(queries.mask, queryRows);
  const contextMask = pick(context.mask, contextRows);
  for (let i = 0; i < last; i++) {
    x = scope.within(`blocks.${i}`, (inner) => {
      const own = i === 0 ? x : selfPart(inner, x, queryMask, heads, 'all');
      return crossPart(inner, own, pickKeysValues(context.blocks[i]!, contextRows), contextMask, mlpRatio);
    });
  }
  return scope.within(`blocks.${last}`, (inner) => {
    let start = 0;
    return pairings.map((pairing) => {
      const count = pairings.length === 1 ? null : (pairing.queryRows!.shape[0] as number);
      const part = (value: Value): Value => (count === null ? value : slice(value, 0, start, start + count));
      const mask = queryMask && part(queryMask);
      let own = part(x);
      if (last > 0) own = selfPart(inner, own, mask, heads, pairing.read);
      else if (pairing.read === 'first' && own.shape[1] !== 1) own = slice(own, 1, 0, 1);
      const result = crossPart(
        inner,
        own,
        pickKeysValues(context.blocks[last]!, pairing.contextRows),
        pick(context.mask, pairing.contextRows),
        mlpRatio,
      );
      start += count ?? 0;
      return result;
    });
  });
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
  // A single pairing that reads one row needs no other row of the last block, even when that block is also the first.
  const rows = depth === 1 && pairings.length === 1 ? pairings[0]!.read : 'all';
  const parts = [ownPart(scope, queries, config, rows), contextPart(scope, context, depth, config)] as const;
  return pairedBlocks(scope, ...parts, pairings, config);
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
