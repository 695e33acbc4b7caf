/** The graphs that a bundle holds, derived from the one definition of the model; batch sizes and text lengths are symbolic. */
import { ExpectationError } from '../errors.js';
import { Graph } from '../graph/graph.js';
import { cast, concat, expand, gather, logSoftmax, reshape } from '../graph/ops.js';
import type { Dim, Value } from '../graph/value.js';
import type { KeysValues, Rows } from '../layers/attention.js';
import { type ParameterSource, Scope } from '../layers/scope.js';
import { answerContext, answerDecoder, fusionEncoder } from './answer-decoder.js';
import { imageTokenCount, type ModelConfig } from './config.js';
import { imageCrossEncoder, type Tokens, textCrossEncoder } from './cross-encoder.js';
import { crossProduct, entailmentLogits, imageEmbedding, itmLogits, nlvr2Logits, textEmbedding } from './heads.js';
import { imageEncoder } from './image-encoder.js';
import { hasEmbeddings, type ModelTask } from './parameters.js';
import { additiveMask, textEncoder } from './text-encoder.js';

/** Takes parameters from `tensors` by name. Throws, naming the parameter, when one is missing or of another size. */
export function constantParameters(
  tensors: ReadonlyMap<string, { shape: readonly number[]; data: Float32Array }>,
): ParameterSource {
  const graphs = new WeakMap<Graph, Map<string, Value>>();
  return (graph, name, shape) => {
    const made = graphs.get(graph) ?? new Map<string, Value>();
    graphs.set(graph, made);
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

/** How tokens enter a graph; encoders always give float32. */
export type TokenDtype = 'float16' | 'float32';

type Builder = (graph: Graph, root: Scope, config: ModelConfig, task: ModelTask, tokens: TokenDtype) => void;

/** pixel_values [B,3,S,S] -> image_tokens [B,N,D] and, where the model has embeddings, image_embedding [B,E] (unit norm). */
const imageEncoderGraph: Builder = (graph, root, config, task) => {
  const { size } = config.image;
  const tokens = imageEncoder(root, graph.input('pixel_values', 'float32', ['B', 3, size, size]), config);
  graph.output('image_tokens', tokens);
  if (hasEmbeddings(task)) graph.output('image_embedding', imageEmbedding(root, tokens, config));
};

/** input_ids, attention_mask [B,L] -> text_tokens [B,L,D] and, where the model has embeddings, text_embedding [B,E] (unit norm). */
const textEncoderGraph: Builder = (graph, root, config, task) => {
  const inputIds = graph.input('input_ids', 'int64', ['B', 'L']);
  const tokens = textEncoder(root, inputIds, graph.input('attention_mask', 'int64', ['B', 'L']), config);
  graph.output('text_tokens', tokens);
  if (hasEmbeddings(task)) graph.output('text_embedding', textEmbedding(root, tokens, config));
};

/** The encoders' outputs as inputs: image_tokens [I,N,D], text_tokens [T,L,D], attention_mask [T,L]. */
function encodedInputs(
  graph: Graph,
  config: ModelConfig,
  dtype: TokenDtype = 'float32',
): { image: Tokens; text: Tokens & { mask: Value } } {
  const imageTokens = graph.input('image_tokens', dtype, ['I', imageTokenCount(config), config.width]);
  const textTokens = graph.input('text_tokens', dtype, ['T', 'L', config.width]);
  const mask = additiveMask(graph.input('attention_mask', 'int64', ['T', 'L']));
  return {
    image: { tokens: cast(imageTokens, 'float32'), mask: null },
    text: { tokens: cast(textTokens, 'float32'), mask },
  };
}

/** Which pictures meet which texts: pair k is picture image_rows[k] with text text_rows[k]. */
const pairRows = (graph: Graph): PairRows => ({
  images: graph.input('image_rows', 'int64', ['K']),
  texts: graph.input('text_rows', 'int64', ['K']),
});
interface PairRows {
  images: Value;
  texts: Value;
}

/** What both cross-modality encoders give for the pairs: [K,1,D] each where the first row is read, else [K,N,D] and [K,L,D]. */
function crossPairs(
  root: Scope,
  { image, text }: { image: Tokens; text: Tokens },
  { images, texts }: PairRows,
  read: Rows,
  config: ModelConfig,
): [image: Value, text: Value] {
  const imagePairs = [{ queryRows: images, contextRows: texts, read }];
  const textPairs = [{ queryRows: texts, contextRows: images, read }];
  const [fromImage] = imageCrossEncoder(root, image, text, imagePairs, config) as [Value];
  const [fromText] = textCrossEncoder(root, text, image, textPairs, config) as [Value];
  return [fromImage, fromText];
}

/**
 * image_tokens [I,N,D], text_tokens [T,L,D], attention_mask [T,L], image_rows and text_rows [K] -> itm_logits [K,2] (1 = match). What
 * depends on a picture or a text alone is computed once for each, not for each pair.
 */
const matcherGraph: Builder = (graph, root, config, _task, tokens) => {
  const encoded = encodedInputs(graph, config, tokens);
  graph.output('itm_logits', itmLogits(root, ...crossPairs(root, encoded, pairRows(graph), 'first', config)));
};

/** As the matcher -> logits [K,3]: entailment, neutral, contradiction. */
const entailmentGraph: Builder = (graph, root, config) => {
  const crossed = crossPairs(root, encodedInputs(graph, config), pairRows(graph), 'first', config);
  graph.output('logits', entailmentLogits(root, crossProduct(...crossed), config));
};

/** As the matcher, but image_rows [2,K]: the left pictures of K statements, then the right ones -> logits [K,2], 1 = true. */
const nlvr2Graph: Builder = (graph, root, config) => {
  const encoded = encodedInputs(graph, config);
  const sides = graph.input('image_rows', 'int64', [2, 'K']);
  const statements = graph.input('text_rows', 'int64', ['K']);
  const rows = {
    images: reshape(sides, ['2*K']),
    texts: reshape(expand(reshape(statements, [1, 'K']), [2, 'K']), ['2*K']),
  };
  graph.output('logits', nlvr2Logits(root, crossProduct(...crossPairs(root, encoded, rows, 'first', config)), config));
};

/**
 * As the matcher, texts being questions -> keys and values that the answer decoder attends to, [blocks,K,H,L,Dh], and the mask of the
 * questions' padding, context_mask [K,1,1,L].
 */
const questionGraph: Builder = (graph, root, config) => {
  const encoded = encodedInputs(graph, config);
  const rows = pairRows(graph);
  const [fromImage, fromText] = crossPairs(root, encoded, rows, 'all', config);
  const mask = gather(encoded.text.mask, rows.texts);
  const fused = fusionEncoder(root, { tokens: fromText, mask }, { tokens: fromImage, mask: null }, config);
  const context = answerContext(root, fused.tokens, config);
  graph.output('context_keys', stack(context.map(({ keys }) => keys)));
  graph.output('context_values', stack(context.map(({ values }) => values)));
  graph.output('context_mask', mask);
};

/**
 * One step of the answer decoder: the next T tokens of R answers. input_ids [R,T], positions [T] from 0, self_mask [T,P+T] (0 to look, very
 * negative not to), context_keys, context_values [blocks,K,H,L,Dh] and context_mask [K,1,1,L] of the questions, context_rows [R]: the question
 * of each answer; past_keys, past_values [blocks,Q,H,P,Dh] of the P tokens before, past_rows [R]: which of the Q answers so far each one
 * goes on from (a beam keeps some of them and drops others). -> log_probabilities [R,T,V], present_keys, present_values [blocks,R,H,P+T,Dh].
 */
const answerDecoderGraph: Builder = (graph, root, config) => {
  const { heads, width, crossDepth } = config;
  const perHead = width / heads;
  const cached = (name: string, rows: Dim, length: Dim, of: Value) => {
    const all = gather(graph.input(name, 'float32', [crossDepth, rows, heads, length, perHead]), of, 1);
    return unstack(all, crossDepth);
  };
  const contextRows = graph.input('context_rows', 'int64', ['R']);
  const pastRows = graph.input('past_rows', 'int64', ['R']);
  const pairs = (kind: 'context' | 'past', rows: Dim, length: Dim, of: Value): KeysValues[] => {
    const keys = cached(`${kind}_keys`, rows, length, of);
    const values = cached(`${kind}_values`, rows, length, of);
    return keys.map((key, i) => ({ keys: key, values: values[i]! }));
  };
  const { logits, present } = answerDecoder(
    root,
    {
      ids: graph.input('input_ids', 'int64', ['R', 'T']),
      positions: graph.input('positions', 'int64', ['T']),
      selfMask: graph.input('self_mask', 'float32', ['T', 'P+T']),
      past: pairs('past', 'Q', 'P', pastRows),
      context: pairs('context', 'K', 'L', contextRows),
      contextMask: gather(graph.input('context_mask', 'float32', ['K', 1, 1, 'L']), contextRows),
    },
    config,
  );
  graph.output('log_probabilities', logSoftmax(logits));
  graph.output('present_keys', stack(present.map(({ keys }) => keys)));
  graph.output('present_values', stack(present.map(({ values }) => values)));
};

/** Equal shapes [...] -> [n,...]. */
const stack = (parts: readonly Value[]): Value =>
  concat(
    parts.map((part) => reshape(part, [1, ...part.shape])),
    0,
  );
/** [n,...] -> n values of [...], by Gather: Reshape takes a size of 0, as an empty past has it, for one to copy. */
const unstack = (x: Value, count: number): Value[] =>
  Array.from({ length: count }, (_, i) => gather(x, x.graph.scalar(i, 'int64')));

const builders = {
  image_encoder: imageEncoderGraph,
  text_encoder: textEncoderGraph,
  matcher: matcherGraph,
  question_encoder: questionGraph,
  answer_decoder: answerDecoderGraph,
  nlvr2_classifier: nlvr2Graph,
  ve_classifier: entailmentGraph,
} satisfies Record<string, Builder>;
export type GraphRole = keyof typeof builders;

/** The graphs of a bundle of each task. */
export const GRAPH_ROLES = {
  pretrain: ['image_encoder', 'text_encoder', 'matcher'],
  retrieval: ['image_encoder', 'text_encoder', 'matcher'],
  vqa: ['image_encoder', 'text_encoder', 'question_encoder', 'answer_decoder'],
  nlvr2: ['image_encoder', 'text_encoder', 'nlvr2_classifier'],
  ve: ['image_encoder', 'text_encoder', 've_classifier'],
} satisfies Record<ModelTask, readonly GraphRole[]>;

/**
 * Builds the inference graph of a role, for a model that was trained for `task`. The matcher takes `tokens` as they are stored, float16,
 * unless a caller has better ones and wants nothing rounded.
 */
export function inferenceGraph(
  role: GraphRole,
  config: ModelConfig,
  source: ParameterSource,
  task: ModelTask = 'pretrain',
  tokens: TokenDtype = 'float16',
): Graph {
  const graph = new Graph(role);
  builders[role](graph, new Scope(graph, source), config, task, tokens);
  return graph;
}
