import type { Graph } from '../../model/graph/graph.js';
import { concat, greater, where } from '../../model/graph/ops.js';
import type { Value } from '../../model/graph/value.js';
import type { Scope } from '../../model/layers/scope.js';
import { gridOf, type ModelConfig } from '../../model/maskvlm/config.js';
import type { Tokens } from '../../model/maskvlm/cross-encoder.js';
import { embedPatches, encodePatches, maskPatches, patchify } from '../../model/maskvlm/image-encoder.js';
import { additiveMask, textEncoder } from '../../model/maskvlm/text-encoder.js';
import type { PretrainingSettings } from './pretraining.js';

/** The pairs of a step, and what is masked of them where a loss restores it. */
export interface PairInputs {
  /** [B,N-1,3*P*P]. */
  patches: Value;
  inputIds: Value;
  attentionMask: Value;
  imageMask: Value | null;
  textMask: Value | null;
}

/** The graph inputs that hold the pairs; see the loader's batches of pairs for what fills them. */
export function pairInputs(
  graph: Graph,
  config: ModelConfig,
  { batch, length, losses }: PretrainingSettings,
): PairInputs {
  const { size } = config.image;
  return {
    patches: patchify(graph.input('pixel_values', 'float32', [batch, 3, size, size]), config),
    inputIds: graph.input('input_ids', 'int64', [batch, length]),
    attentionMask: graph.input('attention_mask', 'int64', [batch, length]),
    imageMask: losses.mim ? graph.input('image_mask', 'float32', [batch, gridOf(config) ** 2]) : null,
    textMask: losses.mlm ? graph.input('text_mask', 'float32', [batch, length]) : null,
  };
}

/** Tokens of pictures and texts: whole ones in the first rows, masked ones in the last B where a loss restores them. */
export interface PairTokens {
  image: Tokens;
  text: Tokens;
}

/** Whole and masked inputs go through each encoder as one batch of 2B. */
export function encodePairs(
  root: Scope,
  inputs: PairInputs,
  config: ModelConfig,
  { maskId }: PretrainingSettings,
): PairTokens {
  const imageTokens = root.within('image_encoder', (scope) => {
    const embedded = embedPatches(scope, inputs.patches, config);
    const both = inputs.imageMask
      ? concat([embedded, maskPatches(scope, embedded, inputs.imageMask, config)], 0)
      : embedded;
    return encodePatches(scope, both, config);
  });
  const maskedIds = inputs.textMask && where(greater(inputs.textMask, 0.5), maskId, inputs.inputIds);
  const ids = maskedIds ? concat([inputs.inputIds, maskedIds], 0) : inputs.inputIds;
  const masks = maskedIds ? concat([inputs.attentionMask, inputs.attentionMask], 0) : inputs.attentionMask;
  return {
    image: { tokens: imageTokens, mask: null },
    text: { tokens: textEncoder(root, ids, masks, config), mask: additiveMask(masks) },
  };
}
