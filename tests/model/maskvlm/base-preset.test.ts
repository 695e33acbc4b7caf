// The paper's size: as many parameters as worked out by hand, and graphs that onnxruntime loads.
import { describe, expect, test } from 'vitest';
import { sizeOf } from '../../../model/graph/value.js';
import { presets } from '../../../model/maskvlm/config.js';
import { constantParameters, GRAPH_ROLES, inferenceGraph } from '../../../model/maskvlm/inference-graphs.js';
import { modelParameters, parameterCount } from '../../../model/maskvlm/parameters.js';
import { openSession } from '../../../model/onnx/session.js';

const specs = modelParameters(presets.base);
const countUnder = (prefix: string) => parameterCount(specs.filter(({ name }) => name.startsWith(prefix)));

/*
 * By hand, D = 768, 4 D = 3072, weights and biases:
 *   norm                2 D                                                  =         1,536
 *   projection D to D   D^2 + D                                              =       590,592
 *   qkv                 3 D^2 + 3 D                                          =     1,771,776
 *   kv                  2 D^2 + 2 D                                          =     1,181,184
 *   mlp                 (4 D^2 + 4 D) + (4 D^2 + D)                          =     4,722,432
 *   encoder block       2 norms, qkv, proj, mlp                              =     7,087,872
 *   cross block         3 norms, qkv, proj, q, kv, proj, mlp                 =     9,451,776
 */
const norm = 1_536;
const dense = 590_592;
const encoderBlock = 7_087_872;
const crossBlock = 9_451_776;

describe('the number of parameters of `base`', () => {
  // Patches 3 * 16^2 * D + D, [CLS] D, 197 positions; 85.8 million as ViT-B/16 without its classifier. The mask token is SimMIM's.
  const vit = 590_592 + 768 + 197 * 768 + 12 * encoderBlock + norm;
  // 50265 words, 514 positions; roberta-base has 768 more, a token type that is always the same one.
  const roberta = 50_265 * 768 + 514 * 768 + norm + 12 * encoderBlock;
  test.each([
    ['image_encoder.', vit + 768, 85_799_424],
    ['text_encoder.', roberta, 124_054_272],
    ['image_cross_encoder.', 3 * crossBlock, 28_355_328],
    ['text_cross_encoder.', 3 * crossBlock, 28_355_328],
    // a patch of 16 x 16 in three colours is 768 numbers too
    ['image_decoder.', 3 * crossBlock + dense, 28_945_920],
    ['token_classifier.', 768 * 50_265 + 50_265, 38_653_785],
    ['image_projection.', 768 * 256 + 256, 196_864],
    ['text_projection.', 768 * 256 + 256, 196_864],
    ['itm_head.', 2 * 768 + 2, 1_538],
    ['temperature', 1, 1],
    ['', 334_559_324, 334_559_324],
  ])('%s*', (prefix, byFormula, byHand) => {
    expect(byFormula).toBe(byHand);
    expect(countUnder(prefix)).toBe(byHand);
  });
});

describe('the inference graphs of `base`', () => {
  // All parameters are parts of one array of zeros: this is about sizes, and a third of a billion numbers need not be made for it.
  const zeros = new Float32Array(Math.max(...specs.map(({ shape }) => sizeOf(shape))));
  const tensors = new Map(specs.map(({ name, shape }) => [name, { shape, data: zeros.subarray(0, sizeOf(shape)) }]));

  test.each(GRAPH_ROLES.pretrain)('%s is built, written and loaded', async (role) => {
    const session = await openSession(inferenceGraph(role, presets.base, constantParameters(tensors)), { threads: 1 });
    await session.release();
  });
});
