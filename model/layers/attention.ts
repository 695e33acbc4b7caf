import { add, concat, matMul, mul, reshape, slice, softmax, split, transpose, transposeLast } from '../graph/ops.js';
import type { Value } from '../graph/value.js';
import { linear, linearWith } from './linear.js';
import { NORMAL, type Scope, ZEROS } from './scope.js';

/** Keys and values of one attention, split into heads: [B,H,M,Dh] each. */
export interface KeysValues {
  keys: Value;
  values: Value;
}

/** [B,M,parts*D] -> `parts` values of [B,H,M,Dh]. */
function splitHeads(x: Value, parts: number, heads: number): Value[] {
  const [batch, rows, width] = x.shape as [Value['shape'][0], Value['shape'][0], number];
  const perHead = width / parts / heads;
  if (parts === 1) return [transpose(reshape(x, [batch, rows, heads, perHead]), [0, 2, 1, 3])];
  const byPart = transpose(reshape(x, [batch, rows, parts, heads, perHead]), [2, 0, 3, 1, 4]); // [parts,B,H,M,Dh]
  return split(byPart, 0, Array<number>(parts).fill(1)).map((part) => reshape(part, [batch, heads, rows, perHead]));
}

/**
 * softmax(Q K^T / sqrt(Dh) + mask) V, heads joined again. Shapes: queries [B,H,N,Dh], keys and values [B,H,M,Dh], mask [B,1,1,M]
 * (0 to attend, very negative not to) -> [B,N,D]. A tap of `scope` is shown the softmax [B,H,N,M] as `weights`.
 */
function attend(scope: Scope, queries: Value, { keys, values }: KeysValues, mask: Value | null): Value {
  const [batch, heads, rows, perHead] = queries.shape as [Value['shape'][0], number, Value['shape'][0], number];
  const scores = matMul(mul(queries, 1 / Math.sqrt(perHead)), transposeLast(keys)); // [B,H,N,M]
  const weights = scope.shown('weights', softmax(mask ? add(scores, mask) : scores));
  const mixed = transpose(matMul(weights, values), [0, 2, 1, 3]); // [B,N,H,Dh]
  return reshape(mixed, [batch, rows, heads * perHead]);
}

/** The heads' joint output [B,N,D] as it is added to what went in; a tap of `scope` is shown it as `out`. */
const project = (scope: Scope, x: Value): Value => scope.shown('out', linear(scope, 'proj', x, Number(x.shape.at(-1))));

/** Which rows of the queries an attention computes: all, or the first one ([CLS] or [START]) alone, where nothing else is read. */
export type Rows = 'all' | 'first';

/**
 * Multi-head self-attention of all rows, parameters `qkv` and `proj`, over these rows and those before them, of which `past` holds the
 * keys and values [B,H,P,Dh]. Shapes: [B,T,D] -> [B,T,D], and the keys and values of all P + T rows.
 */
export function cachedSelfAttention(
  scope: Scope,
  name: string,
  x: Value,
  heads: number,
  mask: Value | null,
  past?: KeysValues,
): { attended: Value; present: KeysValues } {
  return scope.within(name, (inner) => {
    const width = Number(x.shape.at(-1));
    const [queries, keys, values] = splitHeads(linear(inner, 'qkv', x, 3 * width), 3, heads) as [Value, Value, Value];
    const present = past
      ? { keys: concat([past.keys, keys], 2), values: concat([past.values, values], 2) }
      : { keys, values };
    return { attended: project(inner, attend(inner, queries, present, mask)), present };
  });
}

/** Multi-head self-attention, parameters `qkv` and `proj`: [B,N,D] -> [B,N,D], or [B,1,D] for the first row. */
export function selfAttention(
  scope: Scope,
  name: string,
  x: Value,
  heads: number,
  mask: Value | null,
  rows: Rows = 'all',
): Value {
  if (rows === 'all') return cachedSelfAttention(scope, name, x, heads, mask).attended;
  return scope.within(name, (inner) => {
    const width = Number(x.shape.at(-1));
    const [queries, keysValues] = inner.within('qkv', (qkv) => {
      const weights = split(qkv.parameter('weight', [3 * width, width], NORMAL), 0, [width, 2 * width]) as [
        Value,
        Value,
      ];
      const biases = split(qkv.parameter('bias', [3 * width], ZEROS), 0, [width, 2 * width]) as [Value, Value];
      return [linearWith(slice(x, 1, 0, 1), weights[0], biases[0]), linearWith(x, weights[1], biases[1])];
    }) as [Value, Value];
    const [keys, values] = splitHeads(keysValues, 2, heads) as [Value, Value];
    return project(inner, attend(inner, splitHeads(queries, 1, heads)[0]!, { keys, values }, mask));
  });
}

/** Keys and values of the cross-attention `name`, parameter `kv`, from the other modality's tokens [B,M,D]. */
export function crossKeysValues(scope: Scope, name: string, tokens: Value, heads: number): KeysValues {
  return scope.within(name, (inner) => {
    const [keys, values] = splitHeads(linear(inner, 'kv', tokens, 2 * Number(tokens.shape.at(-1))), 2, heads) as [
      Value,
      Value,
    ];
    return { keys, values };
  });
}

/** Multi-head cross-attention, parameters `q` and `proj`: queries from x [B,N,D], keys and values given -> [B,N,D]. */
export function crossAttention(scope: Scope, name: string, x: Value, context: KeysValues, mask: Value | null): Value {
  return scope.within(name, (inner) => {
    const width = Number(x.shape.at(-1));
    const heads = Number(context.keys.shape[1]);
    return project(inner, attend(inner, splitHeads(linear(inner, 'q', x, width), 1, heads)[0]!, context, mask));
  });
}
