// NLVR2 and visual entailment over random-weight models: what they say means nothing, but it is what `evaluate` would find.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readBundle } from '../../../model/bundle/read-bundle.js';
import { ENTAILMENT_LABELS } from '../../../model/maskvlm/entailment-labels.js';
import { bundleModel } from '../../../training/evaluation/bundle-model.js';
import { classifyExamples } from '../../../training/evaluation/classify-examples.js';
import { tinyTaskBundle } from '../../fixtures/tiny-bundle.js';
import { expectContract } from '../contract-check.js';
import { dataUrl, halfPicture, plainPicture } from '../pictures.js';
import { type Harness, startHarness } from '../server-harness.js';

const TEXTS = ['both show a road', 'one shows a red ball', 'there are two small green cones', 'it is yellow'];

let harness: Harness;
let folder: string;
let pictures: Buffer[];

beforeAll(async () => {
  const bundles = [await tinyTaskBundle('nlvr2'), await tinyTaskBundle('ve')];
  harness = await startHarness({ bundles, env: { BATCH_WAIT_MS: '50' } });
  folder = await mkdtemp(join(tmpdir(), 'maskvlm-judgements-'));
  const drawn = [plainPicture('#d02020'), plainPicture('#2020d0'), halfPicture('left'), halfPicture('top')];
  pictures = await Promise.all(drawn);
  await Promise.all(pictures.map((picture, i) => writeFile(join(folder, `${i}.png`), picture)));
});
afterAll(async () => {
  await harness.close();
  await rm(folder, { recursive: true });
});

const NEXT = [1, 2, 3, 0];
const image = (i: number) => ({ dataUrl: dataUrl(pictures[i]!) });
const file = (i: number) => ({ file: join(folder, `${i}.png`) });

const post = async (path: string, body: object) => {
  const answer = await harness.request.post(path).send(body);
  expectContract(answer);
  return answer;
};

/** Sends all requests at the same time, and tells the largest batch that they shared. */
async function together(task: 'nlvr2' | 've', path: string, bodies: object[]) {
  let largest = 0;
  const { options } = harness.core.inference.model(undefined, task).scheduler;
  options.onBatch = ({ queue, size }) => {
    if (queue.endsWith('_classifier')) largest = Math.max(largest, size);
  };
  const answers = await Promise.all(bodies.map((body) => post(path, body)));
  delete options.onBatch;
  return { answers, largest };
}

describe('POST /v1/nlvr2', () => {
  const PATH = '/v1/nlvr2';
  const bodies = () => TEXTS.map((statement, i) => ({ left: image(i), right: image(NEXT[i]!), statement }));

  test('says what evaluate says, and requests share a run', async () => {
    const model = bundleModel(await readBundle(await tinyTaskBundle('nlvr2')));
    const examples = TEXTS.map((text, i) => ({ images: [file(i), file(NEXT[i]!)], text }));
    const wanted = await classifyExamples(model, 'nlvr2_classifier', examples, { threads: 1 });
    const { answers, largest } = await together('nlvr2', PATH, bodies());
    expect(largest).toBeGreaterThan(1);
    for (const [i, { status, body }] of answers.entries()) {
      const [no, yes] = wanted[i]!;
      expect([status, body.model, body.label]).toEqual([200, 'tiny-nlvr2', yes! > no!]);
      expect(Math.abs(body.score - yes!)).toBeLessThan(1e-4);
    }
    expect(new Set(answers.map(({ body }) => body.score)).size).toBe(TEXTS.length);
  });

  test('left and right are not the same', async () => {
    const statement = TEXTS[1]!;
    const one = await post(PATH, { left: image(0), right: image(2), statement });
    const other = await post(PATH, { left: image(2), right: image(0), statement });
    expect(Math.abs(one.body.score - other.body.score)).toBeGreaterThan(1e-3);
  });

  test('takes two files', async () => {
    const answer = await harness.request
      .post(PATH)
      .attach('left', pictures[0]!, 'left.png')
      .attach('right', pictures[1]!, 'right.png')
      .field('statement', TEXTS[0]!);
    expectContract(answer);
    expect(answer.body).toEqual((await post(PATH, bodies()[0]!)).body);
  });

  test('a statement that is cut is said to be', async () => {
    const statement = 'both show a road '.repeat(50);
    expect((await post(PATH, { ...bodies()[0], statement })).body.truncated).toBe(true);
    expect((await post(PATH, { ...bodies()[0], statement: 'red' })).body.truncated).toBe(false);
  });

  test.each<[string, object, number, string]>([
    ['no statement', { statement: undefined }, 400, 'statement'],
    ['an empty statement', { statement: '' }, 422, 'statement'],
    ['no left picture', { left: undefined }, 400, 'left'],
    ['a right picture of no form', { right: {} }, 400, 'right'],
    ['a left picture that is text', { left: { base64: 'aGVsbG8sIEkgYW0gdGV4dA==' } }, 415, 'left'],
    ['a right picture that is no base64', { right: { base64: '%%%' } }, 422, 'right.base64'],
    ['one picture', { image: { base64: '' } }, 400, 'image'],
  ])('%s is refused', async (_name, change, status, path) => {
    const answer = await post(PATH, { ...bodies()[0], ...change });
    expect([answer.status, answer.body.errors[0].path]).toEqual([status, path]);
  });

  test('the picture that cannot be used is the one that is named', async () => {
    const right = { base64: pictures[1]!.subarray(0, 60).toString('base64') };
    const answer = await post(PATH, { ...bodies()[0], right });
    expect([answer.status, answer.body.errors[0].path]).toEqual([422, 'right']);
  });
});

describe('POST /v1/visual-entailment', () => {
  const PATH = '/v1/visual-entailment';
  const bodies = () => TEXTS.map((hypothesis, i) => ({ image: image(i), hypothesis }));

  test('says what evaluate says, and requests share a run', async () => {
    const model = bundleModel(await readBundle(await tinyTaskBundle('ve')));
    const examples = TEXTS.map((text, i) => ({ images: [file(i)], text }));
    const wanted = await classifyExamples(model, 've_classifier', examples, { threads: 1 });
    const { answers, largest } = await together('ve', PATH, bodies());
    expect(largest).toBeGreaterThan(1);
    for (const [i, { status, body }] of answers.entries()) {
      const best = wanted[i]!.indexOf(Math.max(...wanted[i]!));
      expect([status, body.model, body.label]).toEqual([200, 'tiny-ve', ENTAILMENT_LABELS[best]]);
      for (const [n, label] of ENTAILMENT_LABELS.entries()) {
        expect(Math.abs(body.scores[label] - wanted[i]![n]!)).toBeLessThan(1e-4);
      }
    }
  });

  test('takes a file', async () => {
    const answer = await harness.request
      .post(PATH)
      .attach('image', pictures[2]!, 'p.png')
      .field({ hypothesis: TEXTS[2]!, model: 'tiny-ve' });
    expectContract(answer);
    expect(answer.body).toEqual((await post(PATH, bodies()[2]!)).body);
  });

  test('a hypothesis that is cut is said to be', async () => {
    const hypothesis = 'a red ball '.repeat(50);
    expect((await post(PATH, { ...bodies()[0], hypothesis })).body.truncated).toBe(true);
    expect((await post(PATH, { ...bodies()[0], hypothesis: 'red' })).body.truncated).toBe(false);
  });

  test.each<[string, object, number, string]>([
    ['no hypothesis', { hypothesis: undefined }, 400, 'hypothesis'],
    ['an empty hypothesis', { hypothesis: '\n' }, 422, 'hypothesis'],
    ['a question', { question: 'is it red?' }, 400, 'question'],
    ['no picture', { image: undefined }, 400, 'image'],
  ])('%s is refused', async (_name, change, status, path) => {
    const answer = await post(PATH, { ...bodies()[0], ...change });
    expect([answer.status, answer.body.errors[0].path]).toEqual([status, path]);
  });
});
