import type { Graph } from '../../model/graph/graph.js';
import { concat, greater, slice, where } from '../../model/graph/ops.js';
import type { Value } from '../../model/graph/value.js';
import type { Scope } from '../../model/layers/scope.js';
import { gridOf, type ModelConfig } from '../../model/maskvlm/config.js';
import { imageCrossEncoder, type Pairing, type Tokens, textCrossEncoder } from '../../model/maskvlm/cross-encoder.js';
import { imageDecoder, imageEmbedding, itmLogits, textEmbedding, tokenLogits } from '../../model/maskvlm/heads.js';
import { embedPatches, encodePatches, maskPatches, patchify } from '../../model/maskvlm/image-encoder.js';
import { TEMPERATURE } from '../../model/maskvlm/parameters.js';
import { additiveMask, textEncoder } from '../../model/maskvlm/text-encoder.js';
import { contrastiveLoss, similarity, type TemperatureRange } from './contrastive.js';
import { weightedCrossEntropy } from './cross-entropy.js';
import type { Forward } from './forward.js';
import { type Negatives, sampleNegatives } from './hard-negatives.js';
import { maskedImageLoss, maskedLanguageLoss } from './masked-modeling.js';

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
  temperature: TemperatureRange;
  /** Id of the [MASK] token. */
  maskId: number;
  /** Hard negatives drawn in the graph, or given as inputs. */
  negatives: 'sampled' | 'given';
}

/** The inputs of a pre-training step besides the parameters; see docs of the loader for what fills them. */
function pretrainingInputs(
  graph: Graph,
  config: ModelConfig,
  { batch, length, negatives, losses }: PretrainingSettings,
) {
  const { size } = config.image;
  const matrix = (name: string) => graph.input(name, 'float32', [batch, batch]);
  return {
    pixelValues: graph.input('pixel_values', 'float32', [batch, 3, size, size]),
    inputIds: graph.input('input_ids', 'int64', [batch, length]),
    attentionMask: graph.input('attention_mask', 'int64', [batch, length]),
    imageMask: losses.mim ? graph.input('image_mask', 'float32', [batch, gridOf(config) ** 2]) : null,
    textMask: losses.mlm ? graph.input('text_mask', 'float32', [batch, length]) : null,
    itcTargets: losses.itc ? matrix('itc_targets') : null,
    noise:
      losses.itm && negatives === 'sampled'
        ? { allowed: matrix('negative_allowed'), images: matrix('gumbel_image'), texts: matrix('gumbel_text') }
        : null,
    given:
      losses.itm && negatives === 'given'
        ? {
            images: graph.input('negative_image', 'int64', [batch]),
            texts: graph.input('negative_text', 'int64', [batch]),
          }
        : null,
  };
}
type Inputs = ReturnType<typeof pretrainingInputs>;

/**
 * L = L_MLM + L_MIM + L_ITC + L_ITM, no weights (section 3.2); fine-tuning for retrieval is the last two alone. Outputs: `similarity`, cosines
 * over the temperature [B,B], rows pictures, and `itm_logits` [3B,2]: the pairs, then each text with its negative picture, then each
 * picture with its negative text.
 */
export function pretraining(root: Scope, config: ModelConfig, settings: PretrainingSettings): Forward {
  const inputs = pretrainingInputs(root.graph, config, settings);
  const { losses, batch } = settings;
  const encoded = encodeBoth(root, inputs, config, settings);
  const stopped: Value[] = [];
  const temperature = root.source(root.graph, TEMPERATURE, [], { kind: 'constant', value: 0.07 });
  const similarities = similarity(
    imageEmbedding(root, slice(encoded.image.tokens, 0, 0, batch), config),
    textEmbedding(root, slice(encoded.text.tokens, 0, 0, batch), config),
    temperature,
    settings.temperature,
    stopped,
  );
  const crossed = cross(root, inputs, encoded, similarities, config, settings);
  const values: Partial<Record<Loss, Value>> = {};
  if (losses.itc) values.itc = contrastiveLoss(similarities, inputs.itcTargets!);
  if (crossed.itm) values.itm = matchingLoss(crossed.itm.logits, crossed.itm.exist, batch);
  if (crossed.maskedText)
    values.mlm = maskedLanguageLoss(tokenLogits(root, crossed.maskedText, config), inputs.inputIds, inputs.textMask!);
  if (crossed.maskedImage) {
    const predicted = imageDecoder(root, crossed.maskedImage, encoded.imageContextText, config);
    values.mim = maskedImageLoss(predicted, encoded.patches, inputs.imageMask!);
  }
  const outputs = { similarity: similarities, ...(crossed.itm && { itm_logits: crossed.itm.logits }) };
  return { losses: values, stopped, outputs };
}

interface Encoded {
  patches: Value;
  /** Whole pictures in the first B rows, masked ones in the next B where MIM is on; texts likewise. */
  image: Tokens;
  text: Tokens;
  /** The text that masked pictures are restored from. */
  imageContextText: Tokens;
}

/** Whole and masked inputs go through each encoder as one batch of 2B. */
function encodeBoth(
  root: Scope,
  inputs: Inputs,
  config: ModelConfig,
  { batch, maskId, strategy }: PretrainingSettings,
): Encoded {
  const patches = patchify(inputs.pixelValues, config);
  const imageTokens = root.within('image_encoder', (scope) => {
    const embedded = embedPatches(scope, patches, config);
    const both = inputs.imageMask
      ? concat([embedded, maskPatches(scope, embedded, inputs.imageMask, config)], 0)
      : embedded;
    return encodePatches(scope, both, config);
  });
  const maskedIds = inputs.textMask && where(greater(inputs.textMask, 0.5), maskId, inputs.inputIds);
  const ids = maskedIds ? concat([inputs.inputIds, maskedIds], 0) : inputs.inputIds;
  const masks = maskedIds ? concat([inputs.attentionMask, inputs.attentionMask], 0) : inputs.attentionMask;
  const text = { tokens: textEncoder(root, ids, masks, config), mask: additiveMask(masks) };
  const start = strategy === 'both' && maskedIds ? batch : 0;
  const imageContextText = {
    tokens: slice(text.tokens, 0, start, start + batch),
    mask: slice(text.mask, 0, start, start + batch),
  };
  return { patches, image: { tokens: imageTokens, mask: null }, text, imageContextText };
}

interface Crossed {
  itm?: { logits: Value; exist: Value | null };
  maskedImage?: Value;
  maskedText?: Value;
}

/** Runs each cross-modality encoder once, over the 3B pairs of ITM and the B masked inputs together. */
function cross(
  root: Scope,
  inputs: Inputs,
  encoded: Encoded,
  similarities: Value,
  config: ModelConfig,
  settings: PretrainingSettings,
): Crossed {
  const { batch, losses, strategy } = settings;
  const { graph } = root;
  const range = (start: number) =>
    graph.constant(
      `rows_${start}`,
      'int64',
      [batch],
      BigInt64Array.from({ length: batch }, (_, i) => BigInt(start + i)),
    );
  const whole = range(0);
  const masked = losses.mim || losses.mlm ? range(batch) : null;
  const negatives = losses.itm ? negativesOf(inputs, similarities) : null;
  const imagePairings: Pairing[] = [];
  const textPairings: Pairing[] = [];
  if (negatives) {
    const images = concat([whole, negatives.images, whole], 0);
    const texts = concat([whole, whole, negatives.texts], 0);
    imagePairings.push({ queryRows: images, contextRows: texts, read: 'first' });
    textPairings.push({ queryRows: texts, contextRows: images, read: 'first' });
  }
  if (losses.mim)
    imagePairings.push({
      queryRows: masked,
      contextRows: strategy === 'both' && losses.mlm ? masked : whole,
      read: 'all',
    });
  if (losses.mlm)
    textPairings.push({
      queryRows: masked,
      contextRows: strategy === 'both' && losses.mim ? masked : whole,
      read: 'all',
    });
  const context = ({ tokens, mask }: Tokens): Tokens =>
    strategy === 'both' || tokens.shape[0] === batch
      ? { tokens, mask }
      : { tokens: slice(tokens, 0, 0, batch), mask: mask && slice(mask, 0, 0, batch) };
  const fromImage = imagePairings.length
    ? imageCrossEncoder(root, encoded.image, context(encoded.text), imagePairings, config)
    : [];
  const fromText = textPairings.length
    ? textCrossEncoder(root, encoded.text, context(encoded.image), textPairings, config)
    : [];
  return {
    itm: negatives ? { logits: itmLogits(root, fromImage[0]!, fromText[0]!), exist: negatives.exist } : undefined,
    maskedImage: losses.mim ? fromImage.at(-1) : undefined,
    maskedText: losses.mlm ? fromText.at(-1) : undefined,
  };
}

function negativesOf(
  { noise, given }: Inputs,
  similarities: Value,
): Omit<Negatives, 'exist'> & { exist: Value | null } {
  if (noise) return sampleNegatives(similarities, noise.allowed, noise);
  return { ...given!, exist: null };
}

/** ITM, Equation 3: mean cross-entropy over the 3B pairs, without those that have no negative. logits [3B,2]. */
function matchingLoss(logits: Value, exist: Value | null, batch: number): Value {
  const { graph } = logits;
  const labels = graph.constant(
    'itm_labels',
    'int64',
    [3 * batch],
    BigInt64Array.from({ length: 3 * batch }, (_, i) => (i < batch ? 1n : 0n)),
  );
  const ones = graph.constant('itm_weights', 'float32', [3 * batch], new Float32Array(3 * batch).fill(1));
  const weights = exist ? concat([slice(ones, 0, 0, batch), exist, exist], 0) : ones;
  return weightedCrossEntropy(logits, labels, weights);
}
