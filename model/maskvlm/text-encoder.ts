import { add, cast, cumSum, gather, mul, reshape, sub } from '../graph/ops.js';
import type { Value } from '../graph/value.js';
import { selfAttention } from '../layers/attention.js';
import { norm } from '../layers/linear.js';
import { mlp } from '../layers/mlp.js';
import { NORMAL, type Scope } from '../layers/scope.js';
import type { ModelConfig } from './config.js';

/** Layer normalisation epsilon of RoBERTa, used in the text encoder and in both cross-modality encoders. */
export const TEXT_EPSILON = 1e-5;
/** Added to the scores of padding. */
const MASKED_SCORE = -10_000;
/** RoBERTa's first position: id 1 is padding's. */
const POSITION_OFFSET = 2;

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

/** Word and position embeddings; positions count real tokens from 2 on, padding has 1. [B,L] -> [B,L,D]. */
function embed(scope: Scope, inputIds: Value, attentionMask: Value, { width, text }: ModelConfig): Value {
  const words = gather(scope.parameter('word_embeddings.weight', [text.vocabularySize, width], NORMAL), inputIds);
  const positions = add(mul(cumSum(attentionMask, 1), attentionMask), POSITION_OFFSET - 1);
  const table = scope.parameter('position_embeddings.weight', [text.maxLength + POSITION_OFFSET, width], NORMAL);
  return norm(scope, 'norm', add(words, gather(table, positions)), TEXT_EPSILON);
}

/** f_txt: input_ids and attention_mask [B,L] int64 -> text tokens [B,L,D], the first being [START] (section 3.1). */
export function textEncoder(root: Scope, inputIds: Value, attentionMask: Value, config: ModelConfig): Value {
  return root.within('text_encoder', (scope) => {
    const mask = additiveMask(attentionMask);
    let x = embed(scope, inputIds, attentionMask, config);
    for (let i = 0; i < config.text.depth; i++)
      x = scope.within(`blocks.${i}`, (inner) => block(inner, x, mask, config));
    return x;
  });
}
