// The graphs of a bundle in each precision: what they answer beside float32, and how much room they take.
import { describe, expect, test } from 'vitest';
import type { Precision } from '../../../model/bundle/manifest.js';
import type { ModelConfig } from '../../../model/maskvlm/config.js';
import { imageTokenCount, resolveModelConfig } from '../../../model/maskvlm/config.js';
import { constantParameters, inferenceGraph } from '../../../model/maskvlm/inference-graphs.js';
import { MODEL_TASKS } from '../../../model/maskvlm/parameters.js';
import { preparedSize } from '../../../model/maskvlm/prepared-image.js';
import type { HostTensor } from '../../../model/onnx/session.js';
import { writeOnnx } from '../../../model/onnx/write-onnx.js';
import { reducePrecision } from '../../../model/precision/reduce-precision.js';
import { createRng } from '../../../model/random.js';
import { explainerGraph } from '../../../training/explain/explainer-graph.js';
import { parameterMap } from '../../../training/run/parameter-map.js';
import { float32, int64, numbersOf, runGraph } from '../../fixtures/run-graph.js';
import { layoutOf, trainedParameters } from '../../fixtures/small-pretraining.js';

/** Two cross blocks: the last one computes a single row, from parts of its weights. */
const CONFIG: ModelConfig = resolveModelConfig({
  width: 64,
  heads: 4,
  mlpRatio: 2,
  embedding: 32,
  image: { size: 32, patch: 8, depth: 2 },
  text: { vocabularySize: 300, maxLength: 12, depth: 2 },
  crossDepth: 2,
  decoderDepth: 1,
});
const layouts = MODEL_TASKS.map((task) => layoutOf(CONFIG, task));
const parameters = new Map(layouts.flatMap((layout) => [...parameterMap(trainedParameters(layout), layout)]));
const source = constantParameters(parameters);
const ROLES = ['image_encoder', 'text_encoder', 'matcher', 'prepared_matcher', 've_classifier'] as const;
type Role = (typeof ROLES)[number] | 'explainer';
/** Tokens as float32: what the rounding of stored ones costs is not measured here. */
const exactGraph = (role: (typeof ROLES)[number]) => inferenceGraph(role, CONFIG, source, 'pretrain', 'float32');
const graphOf = (role: Role, precision: Precision) =>
  reducePrecision(role === 'explainer' ? explainerGraph(CONFIG, source) : exactGraph(role), precision);

const [B, L] = [4, 7];
const normals = (name: string, shape: number[]) => {
  const rng = createRng('precision', name);
  return float32(
    shape,
    Array.from({ length: shape.reduce((a, b) => a * b) }, () => rng.normal()),
  );
};
const attention_mask = int64(
  [B, L],
  Array.from({ length: B * L }, (_, i) => (i % L < L - Math.floor(i / L) ? 1 : 0)),
);
const pairs = {
  image_tokens: normals('image', [B, imageTokenCount(CONFIG), CONFIG.width]),
  text_tokens: normals('text', [B, L, CONFIG.width]),
  attention_mask,
};
const rows = { image_rows: int64([6], [0, 1, 2, 3, 0, 2]), text_rows: int64([6], [0, 1, 2, 3, 1, 3]) };
const feeds: Record<Role, Record<string, HostTensor>> = {
  image_encoder: { pixel_values: normals('pixels', [B, 3, 32, 32]) },
  text_encoder: {
    input_ids: int64(
      [B, L],
      Array.from({ length: B * L }, (_, i) => (i * 31) % 300),
    ),
    attention_mask,
  },
  matcher: { ...pairs, ...rows },
  prepared_matcher: {
    prepared_images: normals('prepared', [B, preparedSize(CONFIG)]),
    text_tokens: pairs.text_tokens,
    attention_mask,
    ...rows,
  },
  ve_classifier: { ...pairs, ...rows },
  explainer: pairs,
};

const wanted: Record<Role, string> = {
  image_encoder: 'image_embedding',
  text_encoder: 'text_embedding',
  matcher: 'itm_logits',
  prepared_matcher: 'itm_logits',
  ve_classifier: 'logits',
  explainer: 'itm_logits',
};
const answersOf = async (role: Role, precision: Precision) =>
  numbersOf((await runGraph(graphOf(role, precision), feeds[role]))[wanted[role]]);
const bytesOf = (role: Role, precision: Precision) => Buffer.concat(writeOnnx(graphOf(role, precision)).model).length;
/** Root mean square of the differences, as a share of that of the numbers. */
function relativeError(got: readonly number[], exact: readonly number[]): number {
  const norm = (numbers: readonly number[]) => Math.hypot(...numbers);
  return norm(got.map((y, i) => y - exact[i]!)) / norm(exact);
}

describe.each(ROLES)('%s', (role) => {
  test.each<[Precision, number, number]>([
    ['fp16', 0.003, 0.6],
    ['int8', 0.1, 0.45],
  ])('in %s is within %d of float32, in %d of the room', async (precision, error, room) => {
    const [got, exact] = [await answersOf(role, precision), await answersOf(role, 'fp32')];
    expect(relativeError(got, exact)).toBeLessThan(error);
    expect(relativeError(got, exact)).toBeGreaterThan(0);
    expect(bytesOf(role, precision) / bytesOf(role, 'fp32')).toBeLessThan(room);
  });

  test('in fp32 is the graph itself', () => {
    const graph = exactGraph(role);
    expect(reducePrecision(graph, 'fp32')).toBe(graph);
  });

  test.each<Precision>(['fp16', 'int8'])('in %s keeps its interface, and gives the same bytes again', (precision) => {
    const [graph, exact] = [graphOf(role, precision), graphOf(role, 'fp32')];
    const interfaceOf = ({ inputs, outputs }: typeof graph) => [
      inputs.map(({ name, dtype, shape }) => [name, dtype, shape]),
      outputs.map(({ name, value: { dtype, shape } }) => [name, dtype, shape]),
    ];
    expect(interfaceOf(graph)).toEqual(interfaceOf(exact));
    const bytes = () => Buffer.concat(writeOnnx(graphOf(role, precision)).model);
    expect(bytes().equals(bytes())).toBe(true);
  });
});

// Half of the explainer is the backward pass, whose products have no weights to keep in 8 bits.
test.each<[Precision, number]>([
  ['fp16', 0.003],
  ['int8', 0.1],
])('the explainer in %s is within %d of float32', async (precision, error) => {
  expect(relativeError(await answersOf('explainer', precision), await answersOf('explainer', 'fp32'))).toBeLessThan(
    error,
  );
});
