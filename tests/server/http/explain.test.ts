import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readBundle } from '../../../model/bundle/read-bundle.js';
import { preparePixels } from '../../../model/image/picture.js';
import { bundleModel } from '../../../training/evaluation/bundle-model.js';
import { openRetrievalModel } from '../../../training/evaluation/retrieval-model.js';
import { type Explanation, openExplainer } from '../../../training/explain/explainer.js';
import { lookingBundle } from '../../fixtures/looking-bundle.js';
import { expectContract } from '../contract-check.js';
import { dataUrl, halfPicture } from '../pictures.js';
import { type Harness, startHarness } from '../server-harness.js';

const TEXTS = ['a red ball left of a blue cube', 'trees'];
let harness: Harness;
let picture: Buffer;
let wanted: Explanation[];

/** What training's explainer says about the picture and each text. */
async function explained(): Promise<Explanation[]> {
  const measured = bundleModel(await readBundle(await lookingBundle()));
  const { tokenizer, maxLength, image } = measured;
  const model = await openRetrievalModel(measured, { threads: 1 });
  const explainer = await openExplainer(measured, { threads: 1 });
  const images = await model.encodeImages(TEXTS.length, () => preparePixels(picture, image));
  const encoded = TEXTS.map((text) => tokenizer.encode(text, maxLength));
  const found = await explainer.explain(images, await model.encodeTexts(encoded, tokenizer.special.pad));
  await Promise.all([model.release(), explainer.release()]);
  return found;
}

beforeAll(async () => {
  harness = await startHarness({ bundles: [await lookingBundle()] });
  picture = await halfPicture('left');
  wanted = await explained();
});
afterAll(() => harness.close());

interface Token {
  text: string;
  heatmap: { width: number; height: number; values: number[] };
}

const explain = async (body: object) => {
  const answer = await harness.request.post('/v1/explain').send({ image: { dataUrl: dataUrl(picture) }, ...body });
  expectContract(answer);
  return answer;
};

function expectSame(tokens: Token[], { heatmaps }: Explanation): void {
  // The start token comes first, the end token and padding last.
  const maps = heatmaps.slice(1, 1 + tokens.length);
  const most = Math.max(...maps.flatMap((map) => [...map]));
  expect(most).toBeGreaterThan(0);
  tokens.forEach(({ heatmap: { width, height, values } }, i) => {
    expect([width, height, values.length]).toEqual([4, 4, 16]);
    values.forEach((value, at) => {
      expect(value).toBeCloseTo(maps[i]![at]! / most, 4);
    });
  });
}

describe('an explanation', () => {
  test("has the numbers of training's explainer, relative to the highest", async () => {
    for (const [i, text] of TEXTS.entries()) {
      const { body } = await explain({ text });
      expect(body).toMatchObject({ truncated: false, model: 'looking' });
      expect(body.score).toBeCloseTo(wanted[i]!.score, 4);
      expect(
        body.tokens
          .map((token: Token) => token.text)
          .join('')
          .trim(),
      ).toBe(text);
      expectSame(body.tokens, wanted[i]!);
      expect(Math.max(...body.tokens.flatMap(({ heatmap }: Token) => heatmap.values))).toBe(1);
    }
  });

  test('is the same for requests that share a batch, whatever the length of their texts', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, (_, i) => explain({ text: TEXTS[i % 2] })));
    answers.forEach(({ body }, i) => {
      expectSame(body.tokens, wanted[i % 2]!);
    });
  });

  test('agrees with match', async () => {
    const image = { dataUrl: dataUrl(picture) };
    const { body } = await harness.request.post('/v1/match').send({ image, texts: TEXTS });
    TEXTS.forEach((_, i) => {
      expect(body.scores[i].itm).toBeCloseTo(wanted[i]!.score, 4);
    });
  });

  test('may be asked for by a form, says when the text was cut, and how long its stages took', async () => {
    const answer = await harness.request
      .post('/v1/explain')
      .attach('image', picture, 'half.png')
      .field({ text: 'road '.repeat(40), model: 'looking' });
    expectContract(answer);
    expect([answer.body.truncated, answer.body.tokens.length]).toEqual([true, 30]);
    expect(answer.headers['server-timing']).toMatch(/^decode;dur=[\d.]+, encode;dur=[\d.]+, feed;dur=/);
  });

  test.each<[string, object, number, string]>([
    ['no text', {}, 400, 'text'],
    ['a list of texts', { text: TEXTS }, 400, 'text'],
    ['an empty text', { text: '' }, 422, 'text'],
    ['a text of 10,001 characters', { text: 'x'.repeat(10_001) }, 422, 'text'],
    ['no image', { text: 'x', image: undefined }, 400, 'image'],
    ['an image that is none', { text: 'x', image: { base64: 'aGVsbG8=' } }, 415, 'image'],
    ['an unknown field', { text: 'x', block: 1 }, 400, 'block'],
  ])('with %s is refused', async (_name, body, status, path) => {
    const answer = await explain(body);
    expect([answer.status, answer.body.errors[0].path]).toEqual([status, path]);
  });
});
