import type { Graph } from '../../model/graph/graph.js';
import type { Value } from '../../model/graph/value.js';
import type { Rows } from '../../model/layers/attention.js';
import type { Scope } from '../../model/layers/scope.js';
import type { ModelConfig } from '../../model/maskvlm/config.js';
import { imageCrossEncoder, type Tokens, textCrossEncoder } from '../../model/maskvlm/cross-encoder.js';
import type { StepSize } from './encode-inputs.js';
import { wholeNumbers } from './whole-numbers.js';

/** The row of its picture for each of B texts; null where each has its own. */
export const pictureOfText = (graph: Graph, { batch, textsPerPicture }: StepSize): Value | null =>
  textsPerPicture === 1 ? null : wholeNumbers(graph, 'picture_rows', batch, (i) => Math.floor(i / textsPerPicture));

/** Both cross-modality encoders over B texts, each with its picture [B/k,N,D]: what is read of each side, [B,N,D] and [B,L,D] or [B,D]. */
export function crossInputs(
  root: Scope,
  { image, text }: { image: Tokens; text: Tokens },
  { read, ...size }: StepSize & { read: Rows },
  config: ModelConfig,
): { fromImage: Value; fromText: Value } {
  const pictures = pictureOfText(root.graph, size);
  const [fromImage] = imageCrossEncoder(root, image, text, [{ queryRows: pictures, contextRows: null, read }], config);
  const [fromText] = textCrossEncoder(root, text, image, [{ queryRows: null, contextRows: pictures, read }], config);
  return { fromImage: fromImage!, fromText: fromText! };
}
