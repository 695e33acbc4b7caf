import { slice } from '../../model/graph/ops.js';
import type { Value } from '../../model/graph/value.js';
import type { Scope } from '../../model/layers/scope.js';
import type { ModelConfig } from '../../model/maskvlm/config.js';
import { contrastPairs } from './contrast-pairs.js';
import type { TemperatureSettings } from './contrastive.js';
import { crossPairs } from './cross-pairs.js';
import { encodePairs, pairInputs } from './encode-pairs.js';
import type { Forward } from './forward.js';

export const LOSSES = ['itc', 'itm', 'mlm', 'mim'] as const;
export type Loss = (typeof LOSSES)[number];

export interface PretrainingSettings {
  /** B: pairs in a batch. */
  batch: number;
  /** L: text tokens, padding included. */
  length: number;
  losses: Record<Loss, boolean>;
  /** One modality masked at a time, the other whole (the paper's choice), or both at once (Table 6). */
  strategy: 'one' | 'both';
  temperature: TemperatureSettings;
  /** Id of the [MASK] token. */
  maskId: number;
  /** Hard negatives drawn in the graph, or given as inputs. */
  negatives: 'sampled' | 'given';
  /** Added to the share of every candidate for a hard negative. */
  epsilon: number;
  /** Whether MIM takes the mean of a pixel's three channels or their sum. */
  channels: 'mean' | 'sum';
}

/**
 * L = L_MLM + L_MIM + L_ITC + L_ITM, no weights (section 3.2); fine-tuning for retrieval is the last two alone. Outputs: `similarity`, cosines
 * over the temperature [B,B], rows pictures, and `itm_logits` [3B,2]: the pairs, then each text with its negative picture, then each
 * picture with its negative text.
 */
export function pretraining(root: Scope, config: ModelConfig, settings: PretrainingSettings): Forward {
  const { batch } = settings;
  const inputs = pairInputs(root.graph, config, settings);
  const tokens = encodePairs(root, inputs, config, settings);
  const whole = ({ tokens }: { tokens: Value }) => slice(tokens, 0, 0, batch);
  const contrasted = contrastPairs(root, { image: whole(tokens.image), text: whole(tokens.text) }, config, settings);
  const { similarities, itc, negatives, stopped } = contrasted;
  const crossed = crossPairs(root, { inputs, tokens, wholeRows: batch, negatives }, config, settings);
  return {
    losses: { ...(itc && { itc }), ...crossed.losses },
    stopped,
    outputs: { similarity: similarities, ...(crossed.itmLogits && { itm_logits: crossed.itmLogits }) },
  };
}
