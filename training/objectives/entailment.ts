import type { Value } from '../../model/graph/value.js';
import type { Scope } from '../../model/layers/scope.js';
import type { ModelConfig } from '../../model/maskvlm/config.js';
import { imageCrossEncoder, textCrossEncoder } from '../../model/maskvlm/cross-encoder.js';
import { crossProduct, entailmentLogits } from '../../model/maskvlm/heads.js';
import { meanCrossEntropy } from './cross-entropy.js';
import { encodeInputs, type StepSize } from './encode-inputs.js';
import type { Forward } from './forward.js';

/** Visual entailment (section 4.1): B pictures with a hypothesis each; labels [B], in the order of the classifier's classes. */
export function entailment(root: Scope, config: ModelConfig, size: StepSize): Forward {
  const { image, text } = encodeInputs(root, config, size, size.batch);
  const pairing = [{ queryRows: null, contextRows: null, read: 'first' as const }];
  const [fromImage] = imageCrossEncoder(root, image, text, pairing, config) as [Value];
  const [fromText] = textCrossEncoder(root, text, image, pairing, config) as [Value];
  const logits = entailmentLogits(root, crossProduct(fromImage, fromText), config);
  const labels = root.graph.input('labels', 'int64', [size.batch]);
  return { losses: { ve: meanCrossEntropy(logits, labels) }, stopped: [], outputs: { logits } };
}
