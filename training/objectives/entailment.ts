import type { Scope } from '../../model/layers/scope.js';
import type { ModelConfig } from '../../model/maskvlm/config.js';
import { crossProduct, entailmentLogits } from '../../model/maskvlm/heads.js';
import { meanCrossEntropy } from './cross-entropy.js';
import { crossInputs } from './cross-inputs.js';
import { encodeInputs, type StepSize } from './encode-inputs.js';
import type { Forward } from './forward.js';

/** Visual entailment (section 4.1): B hypotheses, every k of them about one picture; labels [B], in the order of the classifier's classes. */
export function entailment(root: Scope, config: ModelConfig, size: StepSize): Forward {
  const { image, text } = encodeInputs(root, config, size);
  const { fromImage, fromText } = crossInputs(root, { image, text }, { ...size, read: 'first' }, config);
  const logits = entailmentLogits(root, crossProduct(fromImage, fromText), config);
  const labels = root.graph.input('labels', 'int64', [size.batch]);
  return { losses: { ve: meanCrossEntropy(logits, labels) }, stopped: [], outputs: { logits } };
}
