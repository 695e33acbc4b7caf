import { ExpectationError } from '../../model/errors.js';
import { Graph } from '../../model/graph/graph.js';
import { matMul, mul, reduceMean, reduceSum, relu, slice } from '../../model/graph/ops.js';
import type { Value } from '../../model/graph/value.js';
import { type ParameterSource, Scope } from '../../model/layers/scope.js';
import { imageTokenCount, type ModelConfig } from '../../model/maskvlm/config.js';
import { imageCrossEncoder, type Tokens, textCrossEncoder } from '../../model/maskvlm/cross-encoder.js';
import { itmLogits } from '../../model/maskvlm/heads.js';
import { encodedPair } from '../../model/maskvlm/reconstruction-graphs.js';
import { gradients } from '../autodiff/backward.js';

export const EXPLAINER = 'explainer' as const;

/** Whether the model has a block to explain by: words reach the match score only through the self-attention of a later block. */
export const canExplain = ({ crossDepth }: ModelConfig): boolean => crossDepth > 1;

/** The block that is looked at: of three the second, of six the third, which is ALBEF's eighth layer of twelve. */
export const explainedBlock = ({ crossDepth }: ModelConfig): number => Math.floor((crossDepth - 1) / 2);

/** The match logits [B,2] of pair i, picture i with text i, as the matcher has them. */
export function matchOf(root: Scope, image: Tokens, text: Tokens, config: ModelConfig): Value {
  const pairs = [{ queryRows: null, contextRows: null, read: 'first' as const }];
  const [fromImage] = imageCrossEncoder(root, image, text, pairs, config) as [Value];
  const [fromText] = textCrossEncoder(root, text, image, pairs, config) as [Value];
  return itmLogits(root, fromImage, fromText);
}

/** Match minus no-match, summed over the pairs: one pair's maps do not change another's score. [B,2] -> scalar [1,1]. */
export function totalScore(logits: Value): Value {
  const signs = logits.graph.constant('constant/match_minus_no_match', 'float32', [2, 1], Float32Array.of(-1, 1));
  return reduceSum(matMul(logits, signs), [0, 1], true);
}

/**
 * Grad-CAM over the cross-attention, as ALBEF does it: with A [B,H,L,N] the maps of one block of the text cross-modality encoder and s the
 * match logit less the no-match logit, heatmap = mean over heads of A relu(ds/dA), without the column of [CLS]. The gradient is our own
 * reverse mode's, appended to the same forward pass that the matcher runs.
 *
 * image_tokens [B,N,D], text_tokens [B,L,D], attention_mask [B,L] -> itm_logits [B,2], heatmaps [B,L,N-1] (at least 0; padding has 0).
 * Throws for a block that is the last one or none: its maps of words change no score.
 */
export function explainerGraph(
  config: ModelConfig,
  source: ParameterSource,
  block: number = explainedBlock(config),
): Graph {
  const last = config.crossDepth - 1;
  if (!(Number.isInteger(block) && block >= 0 && block < last))
    throw new ExpectationError('block to explain', `a whole number from 0, below the last block (${last})`, `${block}`);
  const graph = new Graph(EXPLAINER);
  const maps: Value[] = [];
  const wanted = `text_cross_encoder.blocks.${block}.cross_attn.weights`;
  const root = new Scope(graph, source, '', (path, value) => {
    if (path === wanted) maps.push(value);
    return value;
  });
  const { image, text } = encodedPair(graph, config);
  const logits = matchOf(root, image, text, config);
  const [attention] = maps as [Value];
  const [gradient] = gradients(totalScore(logits), [attention]) as [Value];
  const cam = reduceMean(mul(attention, relu(gradient)), [1]); // [B,L,N]
  graph.output('itm_logits', logits);
  graph.output('heatmaps', slice(cam, 2, 1, imageTokenCount(config)));
  return graph;
}
