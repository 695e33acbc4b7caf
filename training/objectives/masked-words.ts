import { greater, where } from '../../model/graph/ops.js';
import type { Scope } from '../../model/layers/scope.js';
import type { ModelConfig } from '../../model/maskvlm/config.js';
import { textCrossEncoder } from '../../model/maskvlm/cross-encoder.js';
import { tokenLogits } from '../../model/maskvlm/heads.js';
import { pictureOfText } from './cross-inputs.js';
import { encodeInputs, type StepSize } from './encode-inputs.js';
import type { Forward } from './forward.js';
import { maskedLanguageLoss } from './masked-modeling.js';

export interface MaskedWordsSize extends StepSize {
  /** Id of the [MASK] token. */
  maskId: number;
}

/**
 * MLM by itself (Equation 1): B masked texts, every k of them about one picture, are restored from their pictures. Nothing else is computed,
 * unlike in {@link pretraining}, where other losses read whole texts too. text_mask [B,L], 1 = masked.
 */
export function maskedWords(root: Scope, config: ModelConfig, size: MaskedWordsSize): Forward {
  const { batch, length, maskId } = size;
  const { graph } = root;
  const mask = graph.input('text_mask', 'float32', [batch, length]);
  const { image, text, inputIds } = encodeInputs(root, config, size, {
    read: (ids) => where(greater(mask, 0.5), maskId, ids),
  });
  const pairing = { queryRows: null, contextRows: pictureOfText(graph, size), read: 'all' as const };
  const [restored] = textCrossEncoder(root, text, image, [pairing], config);
  const logits = tokenLogits(root, restored!, config);
  return { losses: { mlm: maskedLanguageLoss(logits, inputIds, mask) }, stopped: [], outputs: { logits } };
}
