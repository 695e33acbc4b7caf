import { add, concat, div, mul, reduceSum, relu, reshape, slice, split, sqrt } from '../graph/ops.js';
import { halfDim, productDim, type Value } from '../graph/value.js';
import { linear } from '../layers/linear.js';
import type { Scope } from '../layers/scope.js';
import type { ModelConfig } from './config.js';
import { crossBlocks, type Tokens } from './cross-encoder.js';
import { ENTAILMENT_LABELS } from './entailment-labels.js';

/** The first token of each sequence, [CLS] or [START]: [B,M,D] -> [B,D]. */
export const firstToken = (tokens: Value): Value =>
  reshape(slice(tokens, 1, 0, 1), [tokens.shape[0]!, tokens.shape.at(-1)!]);

/** x / |x| over the last axis; 1e-12 keeps a zero vector finite. */
function unitNorm(x: Value): Value {
  return div(x, sqrt(add(reduceSum(mul(x, x), [-1], true), 1e-12)));
}

/** ITC projection to the unit sphere: a dense layer on the first token (section 3.2). [B,M,D] -> [B,E]. */
export const imageEmbedding = (root: Scope, tokens: Value, { embedding }: ModelConfig): Value =>
  unitNorm(linear(root, 'image_projection', firstToken(tokens), embedding));

/** As {@link imageEmbedding}, for text. */
export const textEmbedding = (root: Scope, tokens: Value, { embedding }: ModelConfig): Value =>
  unitNorm(linear(root, 'text_projection', firstToken(tokens), embedding));

/** Element-wise product of the two cross-modality [CLS] and [START] (section 3.2): [n,1,D] x 2 -> [n,D]. */
export function crossProduct(image: Value, text: Value): Value {
  const rows = (x: Value) => reshape(x, [productDim(x.shape.slice(0, -1)), x.shape.at(-1)!]);
  return mul(rows(image), rows(text));
}

/** ITM: a dense layer on the product (Equation 3). [n,1,D] x 2 -> logits [n,2], 1 = match. */
export const itmLogits = (root: Scope, image: Value, text: Value): Value =>
  linear(root, 'itm_head', crossProduct(image, text), 2);

/** Two dense layers with a ReLU between them: the classifiers of NLVR2 and VE (section 4.1). [n,...] -> logits [n,classes]. */
function twoLayerClassifier(root: Scope, name: string, x: Value, classes: number, { width }: ModelConfig): Value {
  return root.within(name, (scope) => linear(scope, 'fc2', relu(linear(scope, 'fc1', x, width)), classes));
}

/** Visual entailment: product [n,D] -> logits [n,3]: entailment, neutral, contradiction. */
export const entailmentLogits = (root: Scope, product: Value, config: ModelConfig): Value =>
  twoLayerClassifier(root, 've_classifier', product, ENTAILMENT_LABELS.length, config);

/** NLVR2: products of the text with n left pictures, then with n right ones [2*n,D] -> logits [n,2], 1 = true. */
export function nlvr2Logits(root: Scope, products: Value, config: ModelConfig): Value {
  const { width } = config;
  const pairs = halfDim(products.shape[0]!);
  const sides = split(reshape(products, [2, pairs, width]), 0, [1, 1]).map((side) => reshape(side, [pairs, width]));
  return twoLayerClassifier(root, 'nlvr2_classifier', concat(sides, 1), 2, config);
}

/** The token classifier g_txt^de without its softmax: [B,L,D] -> logits [B,L,V]. */
export const tokenLogits = (root: Scope, tokens: Value, { text }: ModelConfig): Value =>
  linear(root, 'token_classifier', tokens, text.vocabularySize);

/**
 * The image cross-modality decoder g_im^de: cross-attention blocks on the image cross-modality encoder's output, keys and values from the
 * text, and a dense layer to RGB. image [B,N,D], text [B,L,D] -> patches [B,N-1,3*P*P] (laid out as patchify does).
 */
export function imageDecoder(root: Scope, image: Value, text: Tokens, config: ModelConfig): Value {
  return root.within('image_decoder', (scope) => {
    const all = { queryRows: null, contextRows: null, read: 'all' } as const;
    const [decoded] = crossBlocks(scope, { tokens: image, mask: null }, text, [all], config.decoderDepth, config) as [
      Value,
    ];
    const patches = slice(decoded, 1, 1, Number(decoded.shape[1]));
    return linear(scope, 'head', patches, 3 * config.image.patch ** 2);
  });
}
