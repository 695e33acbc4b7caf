import type { Graph } from '../../model/graph/graph.js';
import { concat, slice } from '../../model/graph/ops.js';
import type { Value } from '../../model/graph/value.js';
import type { Scope } from '../../model/layers/scope.js';
import type { ModelConfig } from '../../model/maskvlm/config.js';
import { imageCrossEncoder, type Pairing, type Tokens, textCrossEncoder } from '../../model/maskvlm/cross-encoder.js';
import { imageDecoder, itmLogits, tokenLogits } from '../../model/maskvlm/heads.js';
import type { PairNegatives } from './contrast-pairs.js';
import { weightedCrossEntropy } from './cross-entropy.js';
import type { PairInputs, PairTokens } from './encode-pairs.js';
import { maskedImageLoss, maskedLanguageLoss } from './masked-modeling.js';
import type { Loss, PretrainingSettings } from './pretraining.js';
import { wholeNumbers } from './whole-numbers.js';

/** The losses that read the cross-modality encoders. */
export type CrossLoss = Exclude<Loss, 'itc'>;

/** What crossing B pairs needs besides the parameters. */
export interface PairsToCross {
  inputs: PairInputs;
  tokens: PairTokens;
  /** Rows of whole inputs: the B pairs first, then what else only serves as a negative. Masked inputs follow. */
  wholeRows: number;
  negatives: PairNegatives | null;
  /** Sums of weights that the losses are divided by, where that of these pairs is not all there is. */
  totals?: Readonly<Record<CrossLoss, Value>>;
}

/** The losses that are switched on, and the logits of ITM [3B,2]. */
export interface CrossedPairs {
  losses: Partial<Record<CrossLoss, Value>>;
  itmLogits: Value | null;
}

/**
 * ITM, MLM and MIM (Equations 1 and 3). Each cross-modality encoder runs once, over the 3B pairs of ITM - the pairs, then each text with its
 * negative picture, then each picture with its negative text - and the B masked inputs together.
 */
export function crossPairs(
  root: Scope,
  pairs: PairsToCross,
  config: ModelConfig,
  settings: PretrainingSettings,
): CrossedPairs {
  const { inputs, tokens, wholeRows, negatives, totals } = pairs;
  const { batch, losses, strategy, channels } = settings;
  const { image, text } = pairingsOf(root.graph, pairs, settings);
  const context = ({ tokens, mask }: Tokens): Tokens =>
    strategy === 'both' || tokens.shape[0] === wholeRows
      ? { tokens, mask }
      : { tokens: slice(tokens, 0, 0, wholeRows), mask: mask && slice(mask, 0, 0, wholeRows) };
  const fromImage = image.length ? imageCrossEncoder(root, tokens.image, context(tokens.text), image, config) : [];
  const fromText = text.length ? textCrossEncoder(root, tokens.text, context(tokens.image), text, config) : [];
  const crossed: CrossedPairs = { losses: {}, itmLogits: null };
  if (negatives) {
    crossed.itmLogits = itmLogits(root, fromImage[0]!, fromText[0]!);
    crossed.losses.itm = matchingLoss(crossed.itmLogits, negatives.exist, batch, totals?.itm);
  }
  if (losses.mlm) {
    const logits = tokenLogits(root, fromText.at(-1)!, config);
    crossed.losses.mlm = maskedLanguageLoss(logits, inputs.inputIds, inputs.textMask!, totals?.mlm);
  }
  if (losses.mim) {
    // The text that masked pictures are restored from.
    const start = strategy === 'both' && losses.mlm ? wholeRows : 0;
    const read = {
      tokens: slice(tokens.text.tokens, 0, start, start + batch),
      mask: slice(tokens.text.mask!, 0, start, start + batch),
    };
    const predicted = imageDecoder(root, fromImage.at(-1)!, read, config);
    crossed.losses.mim = maskedImageLoss(predicted, inputs.patches, inputs.imageMask!, channels, totals?.mim);
  }
  return crossed;
}

/** Which rows meet in the image cross-modality encoder, and which in that of texts. */
function pairingsOf(
  graph: Graph,
  { negatives, wholeRows }: PairsToCross,
  { batch, losses, strategy }: PretrainingSettings,
): { image: Pairing[]; text: Pairing[] } {
  const rows = (start: number) => wholeNumbers(graph, `rows_${start}`, batch, (i) => start + i);
  const whole = rows(0);
  const masked = losses.mim || losses.mlm ? rows(wholeRows) : null;
  const image: Pairing[] = [];
  const text: Pairing[] = [];
  if (negatives) {
    const images = concat([whole, negatives.images, whole], 0);
    const texts = concat([whole, whole, negatives.texts], 0);
    image.push({ queryRows: images, contextRows: texts, read: 'first' });
    text.push({ queryRows: texts, contextRows: images, read: 'first' });
  }
  const restoring = (otherMasked: boolean): Pairing => ({
    queryRows: masked,
    contextRows: strategy === 'both' && otherMasked ? masked : whole,
    read: 'all',
  });
  if (losses.mim) image.push(restoring(losses.mlm));
  if (losses.mlm) text.push(restoring(losses.mim));
  return { image, text };
}

/** ITM, Equation 3: mean cross-entropy over the 3B pairs, without those that have no negative. logits [3B,2]. */
function matchingLoss(logits: Value, exist: Value | null, batch: number, total?: Value): Value {
  const { graph } = logits;
  const labels = wholeNumbers(graph, 'itm_labels', 3 * batch, (i) => (i < batch ? 1 : 0));
  const ones = graph.constant('itm_weights', 'float32', [3 * batch], new Float32Array(3 * batch).fill(1));
  const weights = exist ? concat([slice(ones, 0, 0, batch), exist, exist], 0) : ones;
  return weightedCrossEntropy(logits, labels, weights, total);
}
