/**
 * The graphs that restore masked words and patches (section 3.1, Figures 5 and 8). Tokens of masked inputs come from the encoders that a
 * bundle has anyway, so these graphs hold no encoder: masked texts are ids with the mask token, masked patches are {@link MASKED_PIXEL}.
 */
import { Graph } from '../graph/graph.js';
import { cast, less, reshape, slice, where } from '../graph/ops.js';
import type { Value } from '../graph/value.js';
import { type ParameterSource, Scope } from '../layers/scope.js';
import { imageTokenCount, type ModelConfig } from './config.js';
import { imageCrossEncoder, type Tokens, textCrossEncoder } from './cross-encoder.js';
import { imageDecoder, imageEmbedding, tokenLogits } from './heads.js';
import { embedPatches, encodePatches, maskPatches, patchify } from './image-encoder.js';
import { MASKED_PIXEL } from './patch-pixels.js';
import { additiveMask } from './text-encoder.js';

type Builder = (graph: Graph, root: Scope, config: ModelConfig) => void;

/** One use of a cross-modality encoder: row i of one side with row i of the other, all rows read. */
const WHOLE = [{ queryRows: null, contextRows: null, read: 'all' as const }];

/** image_tokens [B,N,D], text_tokens [B,L,D], attention_mask [B,L]: what both restoring graphs read. */
export function encodedPair(graph: Graph, config: ModelConfig): { image: Tokens; text: Tokens } {
  const { width } = config;
  const image = { tokens: graph.input('image_tokens', 'float32', ['B', imageTokenCount(config), width]), mask: null };
  const tokens = graph.input('text_tokens', 'float32', ['B', 'L', width]);
  return { image, text: { tokens, mask: additiveMask(graph.input('attention_mask', 'int64', ['B', 'L'])) } };
}

/**
 * As the image encoder of every bundle: pixel_values [B,3,S,S] -> image_tokens [B,N,D], image_embedding [B,E]; and a patch whose pixels
 * are MASKED_PIXEL has the mask token in its place.
 */
const imageEncoderGraph: Builder = (graph, root, config) => {
  const { size } = config.image;
  const patches = patchify(graph.input('pixel_values', 'float32', ['B', 3, size, size]), config);
  const hidden = less(slice(patches, 2, 0, 1), MASKED_PIXEL / 2); // [B,N-1,1]
  const tokens = root.within('image_encoder', (scope) => {
    // Hidden pixels go into no product: their size would spoil what low precision makes of the others.
    const embedded = embedPatches(scope, where(hidden, 0, patches), config);
    const mask = reshape(cast(hidden, 'float32'), hidden.shape.slice(0, 2));
    return encodePatches(scope, maskPatches(scope, embedded, mask, config), config);
  });
  graph.output('image_tokens', tokens);
  graph.output('image_embedding', imageEmbedding(root, tokens, config));
};

/** Image tokens and tokens of the masked text -> token_logits [B,L,V]: g_txt and the token classifier. */
const textReconstructorGraph: Builder = (graph, root, config) => {
  const { image, text } = encodedPair(graph, config);
  const [crossed] = textCrossEncoder(root, text, image, WHOLE, config) as [Value];
  graph.output('token_logits', tokenLogits(root, crossed, config));
};

/** Tokens of the masked picture and text tokens -> patches [B,N-1,3*P*P], in the unit of normalised pixels: g_im and g_im^de. */
const imageReconstructorGraph: Builder = (graph, root, config) => {
  const { image, text } = encodedPair(graph, config);
  const [crossed] = imageCrossEncoder(root, image, text, WHOLE, config) as [Value];
  graph.output('patches', imageDecoder(root, crossed, text, config));
};

const builders = {
  image_encoder: imageEncoderGraph,
  text_reconstructor: textReconstructorGraph,
  image_reconstructor: imageReconstructorGraph,
} satisfies Record<string, Builder>;
export type ReconstructionRole = keyof typeof builders;

/** The graphs that a bundle with the task `reconstruct` has besides, or, for image_encoder, in place of the usual one. */
export const reconstructionRoles = Object.keys(builders) as ReconstructionRole[];

/** Builds the graph of a role for the task `reconstruct`. */
export function reconstructionGraph(role: ReconstructionRole, config: ModelConfig, source: ParameterSource): Graph {
  const graph = new Graph(role);
  builders[role](graph, new Scope(graph, source), config);
  return graph;
}
