// What the server answers is what `evaluate --task classify` counts.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readBundle } from '../../../model/bundle/read-bundle.js';
import { meanDirection, promptsOf } from '../../../model/classification/prompts.js';
import { softmax } from '../../../model/classification/softmax.js';
import { preparePixels } from '../../../model/image/picture.js';
import { bundleModel } from '../../../training/evaluation/bundle-model.js';
import { evaluateClassification } from '../../../training/evaluation/classification.js';
import type { MeasuredModel } from '../../../training/evaluation/measured-model.js';
import { cosines, openRetrievalModel, type RetrievalModel } from '../../../training/evaluation/retrieval-model.js';
import { lookingBundle, TEMPERATURE } from '../../fixtures/looking-bundle.js';
import { temporaryFolder } from '../../fixtures/tiny-training.js';
import { expectContract } from '../contract-check.js';
import { dataUrl, halfPicture } from '../pictures.js';
import { type Harness, startHarness } from '../server-harness.js';

const LABELS = ['red ball', 'blue cube', 'green cones', 'tennis courts', 'road', 'trees', 'yellow cylinder'];
const TEMPLATES = ['a {}', 'large {label}'];
let harness: Harness;
let picture: Buffer;
let file: string;
let measured: MeasuredModel;
let model: RetrievalModel;

beforeAll(async () => {
  harness = await startHarness({ bundles: [await lookingBundle()] });
  picture = await halfPicture('left');
  file = join(await temporaryFolder(), 'half.png');
  await writeFile(file, picture);
  measured = bundleModel(await readBundle(await lookingBundle()));
  model = await openRetrievalModel(measured, { threads: 1 });
});
afterAll(() => Promise.all([harness.close(), model.release()]));

interface LabelScore {
  label: string;
  score: number;
}

const classify = async (body: object) => {
  const answer = await harness.request.post('/v1/classify').send({ image: { dataUrl: dataUrl(picture) }, ...body });
  expectContract(answer);
  return answer;
};

/** Scores by the functions of training, in the order of LABELS. */
async function trainingScores(method: string): Promise<Float32Array> {
  const { tokenizer, maxLength, image } = measured;
  const images = await model.encodeImages(1, () => preparePixels(picture, image));
  const prompts = LABELS.flatMap((label) => promptsOf(label, TEMPLATES)).map((text) =>
    tokenizer.encode(text, maxLength),
  );
  const texts = await model.encodeTexts(prompts, tokenizer.special.pad);
  if (method === 'itm') {
    const all = await model.match(
      images,
      texts,
      prompts.map((_, i) => [0, i]),
    );
    return softmax(Float32Array.from(LABELS, (_, i) => (all[2 * i]! + all[2 * i + 1]!) / 2));
  }
  const size = texts.embeddings.length / prompts.length;
  const directions = LABELS.flatMap((_, i) => [
    ...meanDirection(texts.embeddings.slice(2 * i * size, 2 * (i + 1) * size), size),
  ]);
  const all = cosines(images, { ...texts, count: LABELS.length, embeddings: Float32Array.from(directions) });
  return softmax(all.map((cosine) => cosine / TEMPERATURE));
}

describe.each(['itc', 'itm'] as const)('classification by %s', (method) => {
  const options = { labels: LABELS, templates: TEMPLATES, method };

  test('ranks labels as evaluate does', async () => {
    const { body } = await classify(options);
    const found: LabelScore[] = body.labels;
    expect([body.model, body.truncated]).toEqual(['looking', false]);
    expect(found.map(({ label }) => label).sort()).toEqual([...LABELS].sort());
    const { tokenizer, maxLength, image } = measured;
    for (const [rank, { label }] of found.entries()) {
      const records = [{ image: { file }, label }];
      const { top1, top5 } = await evaluateClassification(model, records, { ...options, tokenizer, image, maxLength });
      expect([label, top1, top5]).toEqual([label, rank < 1 ? 100 : 0, rank < 5 ? 100 : 0]);
    }
  });

  test('scores with the numbers of training, which sum to 1, the best first', async () => {
    const found: LabelScore[] = (await classify(options)).body.labels;
    const wanted = await trainingScores(method);
    for (const { label, score } of found) expect(score).toBeCloseTo(wanted[LABELS.indexOf(label)]!, 4);
    const scores = found.map(({ score }) => score);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    expect(scores.reduce((sum, score) => sum + score, 0)).toBeCloseTo(1, 5);
    expect(scores[0]! - scores.at(-1)!).toBeGreaterThan(0.01);
  });

  test('cannot tell labels apart that were cut before they differ, and says that they were cut', async () => {
    const labels = ['b', 'a'].map((end) => `${'road '.repeat(30)}${end}`);
    const { body } = await classify({ labels, method });
    for (const { score } of body.labels) expect(score).toBeCloseTo(0.5, 4);
    expect(body.truncated).toBe(true);
  });
});

describe('a request', () => {
  test('needs neither templates nor a method', async () => {
    const short = await classify({ labels: LABELS });
    const long = await classify({ labels: LABELS, templates: ['a photo of a {}'], method: 'itm' });
    expect(short.body).toEqual(long.body);
    expect(short.headers['server-timing']).toMatch(
      /^decode;dur=[\d.]+, encode;dur=[\d.]+, feed;dur=[\d.]+, model;dur=/,
    );
  });

  test('may be a form with a file', async () => {
    const { body } = await classify({ labels: ['road', 'trees'], templates: ['a {}'], method: 'itc' });
    for (const labels of [['road', 'trees'], '["road","trees"]']) {
      const answer = await harness.request
        .post('/v1/classify')
        .attach('image', picture, 'half.png')
        .field({ labels, templates: 'a {}', method: 'itc', model: 'looking' });
      expectContract(answer);
      expect(answer.body).toEqual(body);
    }
  });

  test.each<[string, object, number, string]>([
    ['no labels', { labels: undefined }, 400, 'labels'],
    ['an empty list of labels', { labels: [] }, 400, 'labels'],
    ['a label twice', { labels: ['cat', 'dog', 'cat'] }, 400, 'labels'],
    ['a label that is no text', { labels: ['cat', 5] }, 400, 'labels[1]'],
    ['a label of 300 characters', { labels: ['x'.repeat(300)] }, 400, 'labels[0]'],
    ['an empty label', { labels: ['cat', ' '] }, 422, 'labels[1]'],
    [
      'more labels than a request may have',
      { labels: LABELS.concat(Array.from({ length: 1000 }, (_, i) => `${i}`)) },
      413,
      'labels',
    ],
    [
      'more prompts than a request may have',
      { labels: LABELS, templates: Array.from({ length: 150 }, (_, i) => `${i} {}`) },
      413,
      'labels',
    ],
    ['no template', { labels: LABELS, templates: [] }, 400, 'templates'],
    ['a template without a place', { labels: LABELS, templates: ['a {}', 'a cat'] }, 422, 'templates[1]'],
    [
      'prompts of 100,000 characters',
      { labels: ['x'.repeat(250)], templates: ['{}'.repeat(500)] },
      422,
      'templates[0]',
    ],
    ['another method', { labels: LABELS, method: 'itm+itc' }, 400, 'method'],
    ['an unknown field', { labels: LABELS, topK: 5 }, 400, 'topK'],
    ['no image', { labels: LABELS, image: undefined }, 400, 'image'],
    ['an image that is none', { labels: LABELS, image: { base64: 'aGVsbG8=' } }, 415, 'image'],
  ])('with %s is refused', async (_name, body, status, path) => {
    const answer = await classify(body);
    expect([answer.status, answer.body.errors[0].path]).toEqual([status, path]);
  });
});
