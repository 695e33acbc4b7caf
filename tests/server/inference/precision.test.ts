// Bundles with weights in other precisions are served as any other; their answers stay close to those of float32.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PictureError } from '../../../model/image/picture.js';
import { tinyBundle } from '../../fixtures/tiny-bundle.js';
import { halfPicture } from '../pictures.js';
import { type Harness, startHarness } from '../server-harness.js';

let harness: Harness;
beforeAll(async () => {
  const names = { fp32: 'tiny', fp16: 'tiny-fp16', int8: 'tiny-int8' } as const;
  const bundles = [];
  for (const precision of ['fp32', 'fp16', 'int8'] as const)
    bundles.push(await tinyBundle(1, names[precision], precision));
  harness = await startHarness({ bundles });
});
afterAll(() => harness.close());

async function answersOf(name: string) {
  const model = harness.core.inference.model(name, 'retrieval');
  const [picture] = await model.encodeImages([await halfPicture('left')]);
  const [text] = await model.encodeTexts(['a red ball left of a blue cube']);
  if (picture instanceof PictureError) throw picture;
  const [probability] = await model.match([{ image: picture!, text: text! }]);
  return { picture: picture!.embedding, text: text!.embedding, probability: probability! };
}
const cosine = (a: Float32Array, b: Float32Array) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);

describe.each([
  ['tiny-fp16', 1e-5],
  ['tiny-int8', 5e-3],
])('%s', (name, tolerance) => {
  test(`answers as float32 does, within ${tolerance}`, async () => {
    const [got, exact] = [await answersOf(name), await answersOf('tiny')];
    expect(1 - cosine(got.picture, exact.picture)).toBeLessThan(tolerance);
    expect(1 - cosine(got.text, exact.text)).toBeLessThan(tolerance);
    expect(Math.abs(got.probability - exact.probability)).toBeLessThan(tolerance);
  });

  test('is another model than float32: their embeddings are not mixed', async () => {
    const { body } = await harness.request.get('/v1/models').expect(200);
    const ids = body.models.map(({ id }: { id: string }) => id);
    expect(new Set(ids).size).toBe(3);
    expect(body.models.map((model: { name: string }) => model.name)).toContain(name);
  });
});
