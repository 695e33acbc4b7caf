import { add, cast, cumSum, gather, mul, reshape, sub } from '../graph/ops.js';
import type { Value } from '../graph/value.js';
import { selfAttention } from '../layers/attention.js';
import { norm } from '../layers/linear.js';
import { mlp } from '../layers/mlp.js';
import { NORMAL, type Scope } from '../layers/scope.js';
import type { ModelConfig } from './config.js';

/** Layer normalisation epsilon of RoBERTa, used in the text encoder and in both cross-modality encoders. */
export const TEXT_EPSILON = 1e-5;
/** Added to the attention scores of what may not be looked at. */
export const MASKED_SCORE = -10_000;
/** Row of the position table that the first token has, as in RoBERTa: row 1 is padding's. */
export const FIRST_POSITION = 2;

/** attention_mask [B,L] (1 token, 0 padding) -> what is added to attention scores [B,1,1,L]. */
export function additiveMask(attentionMask: Value): Value {
  const [batch, length] = attentionMask.shape as [Value['shape'][0], Value['shape'][0]];
  return mul(reshape(sub(1, cast(attentionMask, 'float32')), [batch, 1, 1, length]), MASKED_SCORE);
}

/** Post-norm self-attention block of RoBERTa: [B,L,D] -> [B,L,D]. */
function block(scope: Scope, x: Value, mask: Value, { heads, mlpRatio }: ModelConfig): Value {
  const attended = norm(scope, 'norm1', add(x, selfAttention(scope, 'attn', x, heads, mask)), TEXT_EPSILON);
  return norm(scope, 'norm2', add(attended, mlp(scope, 'mlp', attended, mlpRatio)), TEXT_EPSILON);
}

/** Word and position embeddings, normalised: ids [B,L] and rows of the position table, [B,L] or [L] -> [B,L,D]. */
export function embedTokens(scope: Scope, ids: Value, positions: Value, { width, text }: ModelConfig): Value {
  const words = gather(scope.parameter('word_embeddings.weight', [text.vocabularySize, width], NORMAL), ids);
  const table = scope.parameter('position_embeddings.weight', [text.maxLength + FIRST_POSITION, width], NORMAL);
  return scope.shown('out', norm(scope, 'norm', add(words, gather(table, positions)), TEXT_EPSILON));
}

/** f_txt: input_ids and attention_mask [B,L] int64 -> text tokens [B,L,D], the first being [START] (section 3.1). */
export function textEncoder(root: Scope, inputIds: Value, attentionMask: Value, config: ModelConfig): Value {
  return root.within('text_encoder', (scope) => {
    const mask = additiveMask(attentionMask);
    const positions = add(mul(cumSum(attentionMask, 1), attentionMask), FIRST_POSITION - 1);
    let x = embedTokens(scope, inputIds, positions, config);
    for (let i = 0; i < config.text.depth; i++)
      x = scope.within(`blocks.${i}`, (inner) => block(inner, x, mask, config));
    return x;
  });
}
