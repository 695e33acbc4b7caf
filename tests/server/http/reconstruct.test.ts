// What the server restores is what training restores: with the masks of the same seed, or with the same masks by number.
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readBundle } from '../../../model/bundle/read-bundle.js';
import { preparePixels } from '../../../model/image/picture.js';
import { bundleModel } from '../../../training/evaluation/bundle-model.js';
import type { MeasuredModel } from '../../../training/evaluation/measured-model.js';
import { openRetrievalModel, type RetrievalModel } from '../../../training/evaluation/retrieval-model.js';
import { type Reconstruction, reconstructPairs } from '../../../training/reconstruction/reconstruct.js';
import { reconstructionRasters } from '../../../training/reconstruction/reconstruction-rasters.js';
import { openRestorer, type Restorer } from '../../../training/reconstruction/restorer.js';
import { lookingBundle, MASKING } from '../../fixtures/looking-bundle.js';
import { expectContract } from '../contract-check.js';
import { dataUrl, halfPicture } from '../pictures.js';
import { type Harness, startHarness } from '../server-harness.js';

const TEXT = 'a red ball left of a blue cube';
let harness: Harness;
let picture: Buffer;
let measured: MeasuredModel;
let model: RetrievalModel;
let restorer: Restorer;

beforeAll(async () => {
  harness = await startHarness({ bundles: [await lookingBundle()] });
  picture = await halfPicture('left');
  measured = bundleModel(await readBundle(await lookingBundle()));
  model = await openRetrievalModel(measured, { threads: 1 });
  restorer = await openRestorer(measured, { threads: 1 });
});
afterAll(() => Promise.all([harness.close(), model.release(), restorer.release()]));

interface Token {
  text: string;
  masked: boolean;
  predictions: { token: string; score: number }[];
}
interface Answer {
  tokens: Token[];
  image: { dataUrl: string };
  maskedImage: { dataUrl: string };
  truncated: boolean;
  model: string;
}

const post = async (body: object) => {
  const image = { dataUrl: dataUrl(picture) };
  const answer = await harness.request.post('/v1/reconstruct').send({ image, text: TEXT, ...body });
  expectContract(answer);
  return answer;
};
const reconstruct = async (body: object): Promise<Answer> => {
  const answer = await post(body);
  expect(answer.status).toBe(200);
  return answer.body;
};

async function trained(seed: number, masking = MASKING): Promise<Reconstruction> {
  const { config, tokenizer, maxLength, image } = measured;
  const pairs = [{ pixels: await preparePixels(picture, image), text: TEXT }];
  const [one] = await reconstructPairs(model, restorer, pairs, { config, tokenizer, maxLength, masking, seed });
  return one!;
}

/** RGB values of a PNG in a data URL. */
async function pixelsOf({ dataUrl: url }: { dataUrl: string }): Promise<{ data: Buffer; size: number[] }> {
  expect(url.startsWith('data:image/png;base64,')).toBe(true);
  const png = sharp(Buffer.from(url.split(',')[1]!, 'base64'));
  const { data, info } = await png.raw().toBuffer({ resolveWithObject: true });
  return { data, size: [info.width, info.height, info.channels] };
}

async function expectPicture(found: { dataUrl: string }, wanted: { data: Uint8Array }): Promise<void> {
  const { data, size } = await pixelsOf(found);
  expect(size).toEqual([32, 32, 3]);
  // A value that training rounds the other way is another step of 255.
  const difference = data.reduce((most, value, i) => Math.max(most, Math.abs(value - wanted.data[i]!)), 0);
  expect(difference).toBeLessThanOrEqual(1);
}

async function expectSame(found: Answer, wanted: Reconstruction): Promise<void> {
  expect(found.tokens.map(({ text, masked }) => [text, masked])).toEqual(
    wanted.tokens.map(({ text, masked }) => [text, masked]),
  );
  found.tokens.forEach(({ predictions }, i) => {
    const { withPicture } = wanted.tokens[i]!;
    expect(predictions.map(({ token }) => token)).toEqual(withPicture.map(({ token }) => token));
    predictions.forEach(({ score }, n) => {
      expect(score).toBeCloseTo(withPicture[n]!.score, 4);
    });
  });
  const { masked, restored } = reconstructionRasters(wanted, measured.config, measured.image);
  await expectPicture(found.image, restored);
  await expectPicture(found.maskedImage, masked);
}

const maskedOf = (flags: Iterable<unknown>) => [...flags].flatMap((flag, index) => (flag ? [index] : []));

describe('a reconstruction', () => {
  test('is the one of training with the same seed, and masks as training did by default', async () => {
    for (const seed of [1, 7]) await expectSame(await reconstruct({ seed }), await trained(seed));
    await expectSame(await reconstruct({}), await trained(1));
  });

  test('takes shares of its own', async () => {
    const found = await reconstruct({ imageMaskRatio: 0.25, textMaskRatio: 1, seed: 3 });
    await expectSame(found, await trained(3, { image: { ratio: 0.25, unit: 1 }, text: { ratio: 1 } }));
    expect(found.tokens.every(({ masked }) => masked)).toBe(true);
  });

  test('by number is the one of training with the same masks', async () => {
    const wanted = await trained(5);
    const imageMask = maskedOf(wanted.imageMask);
    const textMask = maskedOf(wanted.tokens.map(({ masked }) => masked));
    expect(textMask.length).toBeGreaterThan(0);
    await expectSame(await reconstruct({ imageMask, textMask }), wanted);
  });

  test('of masked words leaves the picture whole, and of masked patches the text', async () => {
    const words = await reconstruct({ textMask: [0, 2, 2] });
    expect(maskedOf(words.tokens.map(({ masked }) => masked))).toEqual([0, 2]);
    for (const { masked, predictions } of words.tokens) {
      expect(predictions).toHaveLength(masked ? 5 : 0);
      const scores = predictions.map(({ score }) => score);
      expect(scores).toEqual([...scores].sort((a, b) => b - a));
    }
    expect(words.image).toEqual(words.maskedImage);
    const patches = await reconstruct({ imageMask: [0, 15] });
    expect(patches.tokens.some(({ masked }) => masked)).toBe(false);
    const [restored, grey] = await Promise.all([pixelsOf(patches.image), pixelsOf(patches.maskedImage)]);
    const changed = new Set<number>();
    restored.data.forEach((value, at) => {
      const [x, y] = [Math.floor(at / 3) % 32, Math.floor(at / 96)];
      if (value !== grey.data[at]) changed.add(Math.floor(y / 8) * 4 + Math.floor(x / 8));
    });
    expect([...changed].sort((a, b) => a - b)).toEqual([0, 15]);
    const both = await reconstruct({ imageMask: [0, 15], textMaskRatio: 1 });
    expect(both.tokens.every(({ masked }) => masked)).toBe(true);
  });

  test('of nothing is what was sent', async () => {
    for (const nothing of [
      { imageMask: [], textMask: [] },
      { imageMaskRatio: 0, textMaskRatio: 0 },
    ]) {
      const found = await reconstruct(nothing);
      expect(found.tokens.some(({ masked }) => masked)).toBe(false);
      expect(found.image).toEqual(found.maskedImage);
    }
  });

  test('may be asked for by a form with a file', async () => {
    const { tokens, image } = await reconstruct({ imageMask: [1, 2], textMask: [1] });
    for (const imageMask of ['[1,2]', ['1', '2']]) {
      const answer = await harness.request
        .post('/v1/reconstruct')
        .attach('image', picture, 'half.png')
        .field({ text: TEXT, imageMask, textMask: '[1]', seed: '4', model: 'looking' });
      expectContract(answer);
      expect(answer.body).toMatchObject({ image, model: 'looking', truncated: false });
      expect(answer.body.tokens.map(({ masked }: Token) => masked)).toEqual(tokens.map(({ masked }) => masked));
    }
  });

  test('says when the text was cut, and how long its stages took', async () => {
    const { body, headers } = await post({ text: 'road '.repeat(40) });
    expect([body.truncated, body.tokens.length]).toEqual([true, 30]);
    expect(headers['server-timing']).toMatch(/^decode;dur=[\d.]+, encode;dur=[\d.]+, feed;dur=[\d.]+, model;dur=/);
    const { text } = await harness.request.get('/metrics');
    for (const queue of ['looking/text_reconstructor', 'looking/image_reconstructor', 'masked_picture'])
      expect(text).toContain(`maskvlm_queue_depth{queue="${queue}"} 0`);
  });

  test('does not get mixed up with those beside it', async () => {
    const bodies = Array.from({ length: 8 }, (_, i) => ({ seed: i, text: i % 2 ? TEXT : 'trees' }));
    const together = await Promise.all(bodies.map(reconstruct));
    for (const [i, body] of bodies.entries()) {
      const alone = await reconstruct(body);
      expect(together[i]!.tokens.map(({ text, masked }) => [text, masked])).toEqual(
        alone.tokens.map(({ text, masked }) => [text, masked]),
      );
      expect(together[i]!.maskedImage).toEqual(alone.maskedImage);
    }
  });

  test.each<[string, object, number, string]>([
    ['no text', { text: undefined }, 400, 'text'],
    ['an empty text', { text: ' ' }, 422, 'text'],
    ['a text of 10,001 characters', { text: 'x'.repeat(10_001) }, 422, 'text'],
    ['no image', { image: undefined }, 400, 'image'],
    ['an image that is none', { image: { base64: 'aGVsbG8=' } }, 415, 'image'],
    ['a share above 1', { imageMaskRatio: 1.1 }, 400, 'imageMaskRatio'],
    ['a share below 0', { textMaskRatio: -0.1 }, 400, 'textMaskRatio'],
    ['a seed that is no whole number', { seed: 0.5 }, 400, 'seed'],
    ['a patch beyond the picture', { imageMask: [0, 16] }, 422, 'imageMask[1]'],
    ['a patch before it', { imageMask: [-1] }, 400, 'imageMask[0]'],
    ['a token beyond the text', { textMask: [0, 1, 99] }, 422, 'textMask[2]'],
    ['a token by its text', { textMask: ['red'] }, 400, 'textMask[0]'],
    ['patches by number and by share', { imageMask: [0], imageMaskRatio: 0.5 }, 400, 'imageMaskRatio'],
    ['tokens by number and by share', { textMask: [0], textMaskRatio: 0 }, 400, 'textMaskRatio'],
    ['an unknown field', { mask: [0] }, 400, 'mask'],
  ])('with %s is refused', async (_name, body, status, path) => {
    const answer = await post(body);
    expect([answer.status, answer.body.errors[0].path]).toEqual([status, path]);
  });
});
