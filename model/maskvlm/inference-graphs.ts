/** The graphs that a bundle holds, derived from the one definition of the model; batch sizes and text lengths are symbolic. */
import { ExpectationError } from '../errors.js';
import { Graph } from '../graph/graph.js';
import type { Value } from '../graph/value.js';
import { type ParameterSource, Scope } from '../layers/scope.js';
import { imageTokenCount, type ModelConfig } from './config.js';
import { imageCrossEncoder, textCrossEncoder } from './cross-encoder.js';
import { imageEmbedding, itmLogits, textEmbedding } from './heads.js';
import { imageEncoder } from './image-encoder.js';
import { additiveMask, textEncoder } from './text-encoder.js';

/** Takes the parameters of any number of graphs from `tensors` by name. Throws, naming the parameter, when one is missing or of another size. */
export function constantParameters(
  tensors: ReadonlyMap<string, { shape: readonly number[]; data: Float32Array }>,
): ParameterSource {
  const madeIn = new WeakMap<Graph, Map<string, Value>>();
  return (graph, name, shape) => {
    const made = madeIn.get(graph) ?? new Map<string, Value>();
    madeIn.set(graph, made);
    const known = made.get(name);
    if (known) return known;
    const tensor = tensors.get(name);
    if (!tensor) throw new ExpectationError(name, `a tensor of shape [${shape}]`, 'none');
    if (`${tensor.shape}` !== `${shape}`) throw new ExpectationError(name, `shape [${shape}]`, `[${tensor.shape}]`);
    const value = graph.constant(name, 'float32', shape, tensor.data);
    made.set(name, value);
    return value;
  };
}

type Builder = (graph: Graph, root: Scope, config: ModelConfig) => void;

/** pixel_values [B,3,S,S] -> image_tokens [B,N,D], image_embedding [B,E] (unit norm). */
const imageEncoderGraph: Builder = (graph, root, config) => {
  const { size } = config.image;
  const tokens = imageEncoder(root, graph.input('pixel_values', 'float32', ['B', 3, size, size]), config);
  graph.output('image_tokens', tokens);
  graph.output('image_embedding', imageEmbedding(root, tokens, config));
};

/** input_ids, attention_mask [B,L] -> text_tokens [B,L,D], text_embedding [B,E] (unit norm). */
const textEncoderGraph: Builder = (graph, root, config) => {
  const inputIds = graph.input('input_ids', 'int64', ['B', 'L']);
  const tokens = textEncoder(root, inputIds, graph.input('attention_mask', 'int64', ['B', 'L']), config);
  graph.output('text_tokens', tokens);
  graph.output('text_embedding', textEmbedding(root, tokens, config));
};

/**
 * image_tokens [I,N,D], text_tokens [T,L,D], attention_mask [T,L], image_rows and text_rows [K] -> itm_logits [K,2] (1 = match). Pair k
 * is picture image_rows[k] with text text_rows[k]: what depends on one of the two alone is computed once for each, not for each pair.
 */
const matcherGraph: Builder = (graph, root, config) => {
  const image = {
    tokens: graph.input('image_tokens', 'float32', ['I', imageTokenCount(config), config.width]),
    mask: null,
  };
  const textTokens = graph.input('text_tokens', 'float32', ['T', 'L', config.width]);
  const text = { tokens: textTokens, mask: additiveMask(graph.input('attention_mask', 'int64', ['T', 'L'])) };
  const [images, texts] = [graph.input('image_rows', 'int64', ['K']), graph.input('text_rows', 'int64', ['K'])];
  const imagePairs = [{ queryRows: images, contextRows: texts, read: 'first' as const }];
  const textPairs = [{ queryRows: texts, contextRows: images, read: 'first' as const }];
  const [fromImage] = imageCrossEncoder(root, image, text, imagePairs, config) as [Value];
  const [fromText] = textCrossEncoder(root, text, image, textPairs, config) as [Value];
  graph.output('itm_logits', itmLogits(root, fromImage, fromText));
};

const builders = {
  image_encoder: imageEncoderGraph,
  text_encoder: textEncoderGraph,
  matcher: matcherGraph,
} satisfies Record<string, Builder>;
export type GraphRole = keyof typeof builders;
export const graphRoles = Object.keys(builders) as GraphRole[];

/** Builds the inference graph of a role. */
export function inferenceGraph(role: GraphRole, config: ModelConfig, source: ParameterSource): Graph {
  const graph = new Graph(role);
  builders[role](graph, new Scope(graph, source), config);
  return graph;
}
