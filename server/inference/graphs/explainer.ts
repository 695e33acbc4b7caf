import { floatsOf } from './graph-codec.js';
import { pairCodec } from './pair-codec.js';

/** Why a text is held to match a picture, or not to. */
export interface Explanation {
  /** Match logit minus no-match logit. */
  margin: number;
  /** For each row of the text, start and end included, how much it drew on each patch: [L,N-1], at least 0. */
  heat: Float32Array;
}

/** Picture and text -> match score and Grad-CAM over the cross-attention of the text. */
export const explainer = pairCodec<Explanation>(
  'explainer',
  (outputs, { b, rows, length }) => {
    const { data: logits } = floatsOf(outputs, 'itm_logits'); // [B,2]
    const { data, dims } = floatsOf(outputs, 'heatmaps'); // [B,L,N-1]
    const start = b * length * dims[2]!;
    return { margin: logits[2 * b + 1]! - logits[2 * b]!, heat: data.slice(start, start + rows * dims[2]!) };
  },
  ({ heat }) => [heat.buffer as ArrayBuffer],
);
