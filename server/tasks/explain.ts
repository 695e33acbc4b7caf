import { gridOf } from '../../model/maskvlm/config.js';
import { matchProbability } from '../../model/maskvlm/match-probability.js';
import { fieldProblem } from '../http/problems.js';
import type { EncodeOptions, LoadedModel } from '../inference/loaded-model.js';

/** A token of the text, and how much it drew on each patch of the picture, row by row. */
export interface ExplainedToken {
  /** With a leading space where it begins a word. */
  text: string;
  heatmap: { width: number; height: number; values: number[] };
}

export interface TextExplanation {
  /** Probability, 0 to 1, that the text describes the picture. */
  score: number;
  tokens: ExplainedToken[];
  truncated: boolean;
}

const DIGITS = 1e5;

/** Heat in [0, 1], of which `most` is 1; more digits than anyone can see would make an answer three times as long. */
const shares = (heat: Float32Array, most: number): number[] =>
  Array.from(heat, (value) => (most > 0 ? Math.round((value / most) * DIGITS) / DIGITS : 0));

/**
 * Where each token of a text looks when the model decides whether it describes a picture: Grad-CAM over the cross-attention, as ALBEF does
 * it. Values are relative to the highest of all tokens.
 * @throws PictureError, Problem for a text without a token, OverloadedError, AbortedError
 */
export async function explain(
  bytes: Uint8Array,
  text: string,
  model: LoadedModel,
  options: EncodeOptions,
): Promise<TextExplanation> {
  const [[picture], [sentence]] = await Promise.all([
    model.encodeImages([bytes], options),
    model.encodeTexts([{ text, mask: { indexes: [] } }], options),
  ]);
  if (picture instanceof Error) throw picture;
  const { pieces = [], truncated } = sentence!;
  if (pieces.length === 0) throw fieldProblem('unusable', 'text', 'expected at least one word');
  const [explanation] = await model.run('explainer', [{ images: [picture!], text: sentence! }], options);
  const { margin, heat } = explanation!;
  const grid = gridOf(model.config);
  // The first row is that of the start token.
  const maps = pieces.map((_, i) => heat.subarray((i + 1) * grid ** 2, (i + 2) * grid ** 2));
  const most = maps.map((map) => map.reduce((a, b) => Math.max(a, b), 0)).reduce((a, b) => Math.max(a, b), 0);
  return {
    score: matchProbability(margin),
    tokens: pieces.map((piece, i) => {
      return { text: piece.text, heatmap: { width: grid, height: grid, values: shares(maps[i]!, most) } };
    }),
    truncated,
  };
}
