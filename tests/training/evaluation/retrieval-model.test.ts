// Encoding and matching in batches gives what one by one gives.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { constantParameters, type GraphRole, inferenceGraph } from '../../../model/maskvlm/inference-graphs.js';
import { halvesToFloats } from '../../../model/precision/float16.js';
import { createRng } from '../../../model/random.js';
import { cosines, openRetrievalModel, type RetrievalModel } from '../../../training/evaluation/retrieval-model.js';
import { parameterMap } from '../../../training/run/parameter-map.js';
import { layoutOf, SMALL, trainedParameters } from '../../fixtures/small-pretraining.js';

const COUNT = 70;
const PAD = 1;
const pixelsOf = async (index: number) => {
  const rng = createRng('picture', index);
  return Float32Array.from({ length: 3 * SMALL.image.size ** 2 }, () => rng.normal());
};
const TEXTS = Array.from({ length: COUNT }, (_, i) => ({
  inputIds: [0, ...Array.from({ length: 1 + (i % 5) }, (_w, j) => 5 + ((7 * i + j) % 24)), 2],
  truncated: false,
}));

let model: RetrievalModel;
beforeAll(async () => {
  const layout = layoutOf(SMALL);
  const source = constantParameters(parameterMap(trainedParameters(layout), layout));
  model = await openRetrievalModel(
    { config: SMALL, graph: (role) => inferenceGraph(role as GraphRole, SMALL, source) },
    { threads: 1 },
  );
});
afterAll(() => model.release());

test('a matcher that takes other tokens than the stored ones is refused', async () => {
  const layout = layoutOf(SMALL);
  const source = constantParameters(parameterMap(trainedParameters(layout), layout));
  const graph = (role: string) => inferenceGraph(role as GraphRole, SMALL, source, 'pretrain', 'float32');
  const opening = openRetrievalModel({ config: SMALL, graph }, { threads: 1 });
  await expect(opening).rejects.toThrow('image_tokens: expected float16');
});

const part = (values: Float32Array, index: number, size: number) => [
  ...values.subarray(index * size, (index + 1) * size),
];
const partOfTokens = (tokens: Uint16Array, index: number, size: number) => part(halvesToFloats(tokens), index, size);
const gap = (a: readonly number[], b: readonly number[]) => {
  expect(a).toHaveLength(b.length);
  return Math.max(...a.map((x, i) => Math.abs(x - b[i]!)));
};

describe('more pictures and texts than a batch', () => {
  test.each([0, 63, 64, 69])('number %i is encoded and matched as alone', async (index) => {
    const [images, texts] = [await model.encodeImages(COUNT, pixelsOf), await model.encodeTexts(TEXTS, PAD)];
    const image = await model.encodeImages(1, () => pixelsOf(index));
    const text = await model.encodeTexts([TEXTS[index]!], PAD);
    expect(gap(part(images.embeddings, index, SMALL.embedding), [...image.embeddings])).toBeLessThan(1e-5);
    expect(gap(part(texts.embeddings, index, SMALL.embedding), [...text.embeddings])).toBeLessThan(1e-5);
    const size = images.rows * SMALL.width;
    expect(gap(partOfTokens(images.tokens, index, size), partOfTokens(image.tokens, 0, size))).toBeLessThan(4e-3);

    const pairs = Array.from({ length: COUNT }, (_, i) => [i, (i * 3) % COUNT] as const);
    const scores = await model.match(images, texts, pairs);
    const other = await model.encodeTexts([TEXTS[(index * 3) % COUNT]!], PAD);
    expect(gap([scores[index]!], [...(await model.match(image, other, [[0, 0]]))])).toBeLessThan(1e-4);
  });

  test('cosines are the dot products of unit vectors, row by row of the pictures', async () => {
    const [images, texts] = [await model.encodeImages(3, pixelsOf), await model.encodeTexts(TEXTS.slice(0, 2), PAD)];
    const all = cosines(images, texts);
    expect(all).toHaveLength(6);
    const [a, b] = [part(images.embeddings, 2, SMALL.embedding), part(texts.embeddings, 1, SMALL.embedding)];
    expect(all[5]).toBeCloseTo(
      a.reduce((sum, x, i) => sum + x * b[i]!, 0),
      6,
    );
    expect(Math.max(...all.map(Math.abs))).toBeLessThanOrEqual(1.000001);
  });
});
