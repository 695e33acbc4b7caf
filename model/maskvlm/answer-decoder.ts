import { add } from '../graph/ops.js';
import type { Value } from '../graph/value.js';
import { cachedSelfAttention, crossKeysValues, type KeysValues } from '../layers/attention.js';
import { norm } from '../layers/linear.js';
import type { Scope } from '../layers/scope.js';
import type { ModelConfig } from './config.js';
import { crossBlocks, crossPart, type Tokens } from './cross-encoder.js';
import { tokenLogits } from './heads.js';
import { embedTokens, FIRST_POSITION, MASKED_SCORE, TEXT_EPSILON } from './text-encoder.js';

/**
 * The fusion encoder of VQA: one cross-attention block (section 4.1). Queries are the text cross-modality encoder's outputs [B,L,D], keys
 * and values the image one's [B,N,D] -> [B,L,D].
 */
export function fusionEncoder(root: Scope, text: Tokens, image: Tokens, config: ModelConfig): Tokens {
  const all = { queryRows: null, contextRows: null, read: 'all' } as const;
  const [tokens] = root.within('fusion_encoder', (scope) => crossBlocks(scope, text, image, [all], 1, config)) as [
    Value,
  ];
  return { tokens, mask: text.mask };
}

/** What the answer decoder attends to in each block, computed once for a question: keys and values [B,H,L,Dh] of the fused tokens. */
export const answerContext = (root: Scope, fused: Value, { crossDepth, heads }: ModelConfig): KeysValues[] =>
  root.within('answer_decoder', (scope) =>
    Array.from({ length: crossDepth }, (_, i) =>
      scope.within(`blocks.${i}`, (inner) => crossKeysValues(inner, 'cross_attn', fused, heads)),
    ),
  );

/** Lets each of T tokens look at itself and those before it: 0 there, very negative elsewhere, [T,past+T]. */
export function causalMask(length: number, past = 0): Float32Array {
  const columns = past + length;
  return Float32Array.from({ length: length * columns }, (_, i) =>
    i % columns <= past + Math.floor(i / columns) ? 0 : MASKED_SCORE,
  );
}

/** T tokens of R answers, and what they may look at. */
export interface AnswerTokens {
  /** [R,T], beginning with [START]. */
  ids: Value;
  /** [T], from 0. */
  positions: Value;
  /** Additive, broadcast to [R,1,T,P+T]: very negative where a token may not look. */
  selfMask: Value;
  /** Keys and values [R,H,P,Dh] of the P tokens before these, a pair for each block; absent at the start. */
  past?: readonly KeysValues[];
  /** See {@link answerContext}, a row for each answer. */
  context: readonly KeysValues[];
  /** Additive [R,1,1,L], for the padding of the question. */
  contextMask: Value | null;
}

/**
 * The answer decoder of VQA: blocks like those of the text cross-modality encoder (section 4.1, appendix A.1), with causal self-attention.
 * Words are read through the text encoder's embeddings and predicted by the token classifier. Returns logits of the next token [R,T,V],
 * and keys and values of all P + T tokens.
 */
export function answerDecoder(
  root: Scope,
  { ids, positions, selfMask, past, context, contextMask }: AnswerTokens,
  config: ModelConfig,
): { logits: Value; present: KeysValues[] } {
  const { heads, mlpRatio, crossDepth } = config;
  const present: KeysValues[] = [];
  let x = root.within('text_encoder', (scope) => embedTokens(scope, ids, add(positions, FIRST_POSITION), config));
  root.within('answer_decoder', (scope) => {
    for (let i = 0; i < crossDepth; i++) {
      x = scope.within(`blocks.${i}`, (inner) => {
        const own = cachedSelfAttention(inner, 'self_attn', x, heads, selfMask, past?.[i]);
        present.push(own.present);
        const attended = norm(inner, 'norm1', add(x, own.attended), TEXT_EPSILON);
        return crossPart(inner, attended, context[i]!, contextMask, mlpRatio);
      });
    }
  });
  return { logits: tokenLogits(root, x, config), present };
}
