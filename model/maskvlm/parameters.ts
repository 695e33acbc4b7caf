import { Graph } from '../graph/graph.js';
import { slice } from '../graph/ops.js';
import { sizeOf, type Value } from '../graph/value.js';
import { type Initializer, Scope } from '../layers/scope.js';
import { answerContext, answerDecoder, fusionEncoder } from './answer-decoder.js';
import { imageTokenCount, type ModelConfig } from './config.js';
import { imageCrossEncoder, type Tokens, textCrossEncoder } from './cross-encoder.js';
import {
  crossProduct,
  entailmentLogits,
  imageDecoder,
  imageEmbedding,
  itmLogits,
  nlvr2Logits,
  textEmbedding,
  tokenLogits,
} from './heads.js';
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

/** What a model is trained for: pre-training, or one of the paper's tasks (section 4.1). It decides which heads there are. */
export const MODEL_TASKS = ['pretrain', 'retrieval', 'vqa', 'nlvr2', 've'] as const;
export type ModelTask = (typeof MODEL_TASKS)[number];

/** Whether the model of a task compares pictures and texts by ITC embeddings. */
export const hasEmbeddings = (task: ModelTask): boolean => task === 'pretrain' || task === 'retrieval';

export interface ParameterOptions {
  task?: ModelTask;
  /** Where ITC's temperature begins. */
  temperature?: number;
}

/**
 * Every parameter of a MaskVLM of this size for a task, in the order in which the forward pass meets them. Derived by building the whole
 * forward pass once, so that it cannot disagree with the model.
 */
export function modelParameters(
  config: ModelConfig,
  { task = 'pretrain', temperature = 0.07 }: ParameterOptions = {},
): ParameterSpec[] {
  const specs = new Map<string, { spec: ParameterSpec; value: Value }>();
  const graph = new Graph('parameters');
  const root = new Scope(graph, (inGraph, name, shape, initializer) => {
    const known = specs.get(name);
    if (known) return known.value;
    const value = inGraph.input(name, 'float32', shape);
    specs.set(name, { spec: { name, shape, initializer }, value });
    return value;
  });
  const encoded = encode(graph, root, config, task);
  if (hasEmbeddings(task)) {
    imageEmbedding(root, encoded.images.tokens, config);
    textEmbedding(root, encoded.texts.tokens, config);
  }
  HEADS[task](root, { ...encoded, ...crossEncode(root, encoded, config) }, config);
  if (hasEmbeddings(task)) root.source(graph, TEMPERATURE, [], { kind: 'constant', value: temperature });
  return [...specs.values()].map(({ spec }) => spec);
}

interface Encoded {
  images: Tokens;
  texts: Tokens;
}
interface Crossed {
  /** What the cross-modality encoders give, [B,N,D] and [B,L,D]. */
  fromImage: Value;
  fromText: Value;
}

function encode(graph: Graph, root: Scope, config: ModelConfig, task: ModelTask): Encoded {
  const { image, text } = config;
  const patches = graph.input('patches', 'float32', ['B', imageTokenCount(config) - 1, 3 * image.patch ** 2]);
  const imageTokens = root.within('image_encoder', (scope) => {
    const embedded = embedPatches(scope, patches, config);
    if (task !== 'pretrain') return encodePatches(scope, embedded, config);
    const mask = graph.input('image_mask', 'float32', ['B', imageTokenCount(config) - 1]);
    return encodePatches(scope, maskPatches(scope, embedded, mask, config), config);
  });
  const mask = graph.input('attention_mask', 'int64', ['B', text.maxLength]);
  const textTokens = textEncoder(root, graph.input('input_ids', 'int64', ['B', text.maxLength]), mask, config);
  return { images: { tokens: imageTokens, mask: null }, texts: { tokens: textTokens, mask: additiveMask(mask) } };
}

function crossEncode(root: Scope, { images, texts }: Encoded, config: ModelConfig): Crossed {
  const all = [{ queryRows: null, contextRows: null, read: 'all' as const }];
  const [fromImage] = imageCrossEncoder(root, images, texts, all, config) as [Value];
  const [fromText] = textCrossEncoder(root, texts, images, all, config) as [Value];
  return { fromImage, fromText };
}

const firstRows = (x: Value): Value => slice(x, 1, 0, 1);

/** The heads of each task on the cross-modality encoders' outputs. */
const HEADS: Record<ModelTask, (root: Scope, encoded: Encoded & Crossed, config: ModelConfig) => void> = {
  pretrain(root, { texts, fromImage, fromText }, config) {
    itmLogits(root, firstRows(fromImage), firstRows(fromText));
    imageDecoder(root, fromImage, texts, config);
    tokenLogits(root, fromText, config);
  },
  retrieval(root, { fromImage, fromText }) {
    itmLogits(root, firstRows(fromImage), firstRows(fromText));
  },
  vqa(root, { texts, fromImage, fromText }, config) {
    const fused = fusionEncoder(root, { ...texts, tokens: fromText }, { tokens: fromImage, mask: null }, config);
    const { graph } = root;
    const answer = {
      ids: graph.input('answer_ids', 'int64', ['B', 'A']),
      positions: graph.input('positions', 'int64', ['A']),
      selfMask: graph.input('self_mask', 'float32', [1, 1, 'A', 'A']),
      context: answerContext(root, fused.tokens, config),
      contextMask: fused.mask,
    };
    answerDecoder(root, answer, config);
  },
  nlvr2(root, { fromImage }, config) {
    nlvr2Logits(root, root.graph.input('products', 'float32', ['2*B', Number(fromImage.shape.at(-1))]), config);
  },
  ve(root, { fromImage, fromText }, config) {
    entailmentLogits(root, crossProduct(firstRows(fromImage), firstRows(fromText)), config);
  },
};

/** Number of scalars in `specs`. */
export const parameterCount = (specs: readonly ParameterSpec[]): number =>
  specs.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
