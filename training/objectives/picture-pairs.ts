import type { Value } from '../../model/graph/value.js';
import type { Scope } from '../../model/layers/scope.js';
import type { ModelConfig } from '../../model/maskvlm/config.js';
import { imageCrossEncoder, textCrossEncoder } from '../../model/maskvlm/cross-encoder.js';
import { crossProduct, nlvr2Logits } from '../../model/maskvlm/heads.js';
import { meanCrossEntropy } from './cross-entropy.js';
import { encodeInputs, type StepSize } from './encode-inputs.js';
import type { Forward } from './forward.js';
import { wholeNumbers } from './whole-numbers.js';

/**
 * NLVR2 (section 4.1): B statements, each with a left and a right picture, which pass separately, every k of them about the same two.
 * pixel_values [2B/k,3,S,S] holds the left and the right picture in turn; labels [B], 1 = true.
 */
export function picturePairs(root: Scope, config: ModelConfig, size: StepSize): Forward {
  const { batch, textsPerPicture } = size;
  const { graph } = root;
  const { image, text } = encodeInputs(root, config, size, { sides: 2 });
  // The left pictures of all statements, then the right ones.
  const side = (i: number) => Math.floor(i / batch);
  const images = wholeNumbers(
    graph,
    'picture_rows',
    2 * batch,
    (i) => 2 * Math.floor((i % batch) / textsPerPicture) + side(i),
  );
  const texts = wholeNumbers(graph, 'text_rows', 2 * batch, (i) => i % batch);
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
