import type { Value } from '../../model/graph/value.js';
import type { Scope } from '../../model/layers/scope.js';
import type { ModelConfig } from '../../model/maskvlm/config.js';
import { imageCrossEncoder, textCrossEncoder } from '../../model/maskvlm/cross-encoder.js';
import { crossProduct, nlvr2Logits } from '../../model/maskvlm/heads.js';
import { meanCrossEntropy } from './cross-entropy.js';
import { encodeInputs, type StepSize } from './encode-inputs.js';
import type { Forward } from './forward.js';

/**
 * NLVR2 (section 4.1): B statements, each with a left and a right picture, which pass separately. pixel_values [2B,3,S,S] holds all left
 * pictures, then all right ones; labels [B], 1 = true.
 */
export function picturePairs(root: Scope, config: ModelConfig, size: StepSize): Forward {
  const { batch } = size;
  const { graph } = root;
  const { image, text } = encodeInputs(root, config, size, 2 * batch);
  const rows = (count: number, of: number) =>
    graph.constant(
      `rows_${of}`,
      'int64',
      [count],
      BigInt64Array.from({ length: count }, (_, i) => BigInt(i % of)),
    );
  const images = rows(2 * batch, 2 * batch);
  const texts = rows(2 * batch, batch);
  const fromImage = imageCrossEncoder(
    root,
    image,
    text,
    [{ queryRows: images, contextRows: texts, read: 'first' }],
    config,
  );
  const fromText = textCrossEncoder(
    root,
    text,
    image,
    [{ queryRows: texts, contextRows: images, read: 'first' }],
    config,
  );
  const logits = nlvr2Logits(root, crossProduct(fromImage[0] as Value, fromText[0] as Value), config);
  const labels = graph.input('labels', 'int64', [batch]);
  return { losses: { nlvr2: meanCrossEntropy(logits, labels) }, stopped: [], outputs: { logits } };
}
