import { Graph } from '../graph/graph.js';
import { sizeOf, type Value } from '../graph/value.js';
import { type Initializer, Scope } from '../layers/scope.js';
import { imageTokenCount, type ModelConfig } from './config.js';
import { imageCrossEncoder, textCrossEncoder } from './cross-encoder.js';
import { imageDecoder, imageEmbedding, itmLogits, textEmbedding, tokenLogits } from './heads.js';
import { embedPatches, encodePatches, maskPatches } from './image-encoder.js';
import { additiveMask, textEncoder } from './text-encoder.js';

/** One parameter of the model: its dotted name, shape and how it begins. */
export interface ParameterSpec {
  name: string;
  shape: readonly number[];
  initializer: Initializer;
}

/** The temperature of ITC, a scalar; it divides the cosines (Equation 2). */
export const TEMPERATURE = 'temperature';

/**
 * Every parameter of a MaskVLM of this size, in the order in which the forward pass meets them. Derived by building the whole forward
 * pass once, so that it cannot disagree with the model.
 */
export function modelParameters(config: ModelConfig, temperature = 0.07): ParameterSpec[] {
  const specs = new Map<string, { spec: ParameterSpec; value: Value }>();
  const graph = new Graph('parameters');
  const root = new Scope(graph, (inGraph, name, shape, initializer) => {
    const known = specs.get(name);
    if (known) return known.value;
    const value = inGraph.input(name, 'float32', shape);
    specs.set(name, { spec: { name, shape, initializer }, value });
    return value;
  });
  buildForward(graph, root, config);
  root.source(graph, TEMPERATURE, [], { kind: 'constant', value: temperature });
  return [...specs.values()].map(({ spec }) => spec);
}

function buildForward(graph: Graph, root: Scope, config: ModelConfig): void {
  const { image, text } = config;
  const patches = graph.input('patches', 'float32', ['B', imageTokenCount(config) - 1, 3 * image.patch ** 2]);
  const imageTokens = root.within('image_encoder', (scope) => {
    const mask = graph.input('image_mask', 'float32', ['B', imageTokenCount(config) - 1]);
    return encodePatches(scope, maskPatches(scope, embedPatches(scope, patches, config), mask, config), config);
  });
  const mask = graph.input('attention_mask', 'int64', ['B', text.maxLength]);
  const textTokens = textEncoder(root, graph.input('input_ids', 'int64', ['B', text.maxLength]), mask, config);
  imageEmbedding(root, imageTokens, config);
  textEmbedding(root, textTokens, config);
  const images = { tokens: imageTokens, mask: null };
  const texts = { tokens: textTokens, mask: additiveMask(mask) };
  const all = [{ queryRows: null, contextRows: null, read: 'all' as const }];
  const [fromImage] = imageCrossEncoder(root, images, texts, all, config) as [Value];
  const [fromText] = textCrossEncoder(root, texts, images, all, config) as [Value];
  itmLogits(
    root,
    graph.input('image_row', 'float32', ['B', 1, config.width]),
    graph.input('text_row', 'float32', ['B', 1, config.width]),
  );
  imageDecoder(root, fromImage, texts, config);
  tokenLogits(root, fromText, config);
}

/** Number of scalars in `specs`. */
export const parameterCount = (specs: readonly ParameterSpec[]): number =>
  specs.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
