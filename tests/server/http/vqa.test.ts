// Over the random-weight model for VQA: what it answers means nothing, but it is what `evaluate` would find.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AnswerText } from '../../../model/answers/answer-texts.js';
import { readBundle } from '../../../model/bundle/read-bundle.js';
import { type Decoding, findAnswers } from '../../../training/evaluation/answer-questions.js';
import { bundleModel } from '../../../training/evaluation/bundle-model.js';
import { tinyBundle, tinyTaskBundle } from '../../fixtures/tiny-bundle.js';
import { expectContract } from '../contract-check.js';
import { dataUrl, halfPicture, plainPicture } from '../pictures.js';
import { type Harness, startHarness } from '../server-harness.js';

const QUESTIONS = ['what color is it?', 'how many cubes?', 'is there a road beside the trees?', 'where?'];
const ANSWERS = ['red', 'two', 'yes', 'left of it', 'a large yellow cylinder'];
const MAX_LENGTH = 5;

let harness: Harness;
let folder: string;
let pictures: Buffer[];

beforeAll(async () => {
  const bundles = [await tinyBundle(), await tinyTaskBundle('vqa')];
  harness = await startHarness({ bundles, env: { BATCH_WAIT_MS: '50' } });
  folder = await mkdtemp(join(tmpdir(), 'maskvlm-vqa-'));
  const drawn = [plainPicture('#d02020'), plainPicture('#2020d0'), halfPicture('left'), halfPicture('top')];
  pictures = await Promise.all(drawn);
  await Promise.all(pictures.map((picture, i) => writeFile(join(folder, `${i}.png`), picture)));
});
afterAll(async () => {
  await harness.close();
  await rm(folder, { recursive: true });
});

const post = async (body: object) => {
  const answer = await harness.request.post('/v1/vqa').send(body);
  expectContract(answer);
  return answer;
};
const asked = (i: number) => ({ image: { dataUrl: dataUrl(pictures[i]!) }, question: QUESTIONS[i]! });

/** What `evaluate` finds for every picture and its question. */
async function evaluated(decoding: Decoding): Promise<AnswerText[][]> {
  const model = bundleModel(await readBundle(await tinyTaskBundle('vqa')));
  const examples = QUESTIONS.map((text, i) => ({ images: [{ file: join(folder, `${i}.png`) }], text }));
  return findAnswers(model, examples, decoding, { threads: 1 });
}

/** Answers of different tokens that read the same count together. */
function probabilities(found: AnswerText[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { answer, logProbability } of found) sums.set(answer, (sums.get(answer) ?? 0) + Math.exp(logProbability));
  return sums;
}

interface Scored {
  answer: string;
  score: number;
}

function expectScores(answers: Scored[], wanted: Map<string, number>): void {
  for (const { answer, score } of answers) expect(Math.abs(score - wanted.get(answer)!)).toBeLessThan(1e-4);
  const scores = answers.map(({ score }) => score);
  expect(scores).toEqual([...scores].sort((a, b) => b - a));
  expect(Math.abs(scores[0]! - Math.max(...wanted.values()))).toBeLessThan(1e-4);
}

describe('answers in the words of the model', () => {
  test('greedy: one answer, with its probability', async () => {
    const wanted = await evaluated({ kind: 'generate', beams: 1, maxLength: MAX_LENGTH });
    for (const [i, found] of wanted.entries()) {
      const { status, body } = await post(asked(i));
      expect(status).toBe(200);
      expect(body).toMatchObject({ answers: [{ answer: found[0]!.answer }], model: 'tiny-vqa' });
      expectScores(body.answers, probabilities(found));
    }
  });

  test.each([
    ['as many beams as answers are wanted', { topK: 5 }, 5, 5],
    ['and at least three', { topK: 2 }, 3, 2],
    ['also for one answer', { decode: 'beam' }, 3, 1],
  ])('beam: %s', async (_name, options, beams, most) => {
    const wanted = await evaluated({ kind: 'generate', beams, maxLength: MAX_LENGTH });
    const answers = await Promise.all(QUESTIONS.map((_, i) => post({ ...asked(i), ...options })));
    for (const [i, { body }] of answers.entries()) {
      const sums = probabilities(wanted[i]!);
      expect(body.answers).toHaveLength(Math.min(most, sums.size));
      expectScores(body.answers, sums);
    }
  });
});

describe('answers of a list', () => {
  test('all of them are scored, and their scores sum to 1', async () => {
    const wanted = await evaluated({
      kind: 'rank',
      answers: ANSWERS,
      candidates: ANSWERS.length,
      maxLength: MAX_LENGTH,
      scoring: 'sum',
    });
    for (const [i, found] of wanted.entries()) {
      const { body } = await post({ ...asked(i), answers: ANSWERS, topK: 10 });
      expect(body.answers.map(({ answer }: Scored) => answer)).toEqual(found.map(({ answer }) => answer));
      const sums = probabilities(found);
      const all = [...sums.values()].reduce((sum, p) => sum + p, 0);
      expectScores(body.answers, new Map(Array.from(sums, ([answer, p]) => [answer, p / all])));
    }
  });

  test('the best one alone has the score that it has among all', async () => {
    const { body: all } = await post({ ...asked(1), answers: ANSWERS, topK: 5 });
    const { body: best } = await post({ ...asked(1), answers: ANSWERS });
    expect(best.answers).toHaveLength(1);
    expect(best.answers[0].answer).toBe(all.answers[0].answer);
    expect(best.answers[0].score).toBeCloseTo(all.answers[0].score, 5);
  });

  test('a long list is ranked as a whole', async () => {
    const many = Array.from({ length: 150 }, (_, n) => `answer ${n}`);
    const { body } = await post({ ...asked(0), answers: [...many, ...ANSWERS], topK: 1000 });
    expect(body.answers).toHaveLength(155);
    expect(body.answers.reduce((sum: number, { score }: Scored) => sum + score, 0)).toBeCloseTo(1, 4);
    const own = (body.answers as Scored[]).filter(({ answer }) => ANSWERS.includes(answer));
    const { body: few } = await post({ ...asked(0), answers: ANSWERS, topK: 5 });
    expect(own.map(({ answer }) => answer)).toEqual(few.answers.map(({ answer }: Scored) => answer));
  });
});

test.each([
  ['of different breadth', 'answerer', [{}, { topK: 5 }, { topK: 3 }, {}]],
  [
    'of different lists',
    'answer_ranker',
    [{ answers: ANSWERS, topK: 5 }, { answers: ['yes', 'no'] }, { answers: ['no'] }],
  ],
])('questions of several requests share a run, also %s, and none changes the others', async (_name, work, changes) => {
  const bodies = changes.map((change, i) => ({ ...asked(i), ...change }));
  const alone = [];
  for (const body of bodies) alone.push((await post(body)).body.answers);
  const sizes: number[] = [];
  const { options } = harness.core.inference.model(undefined, 'vqa').scheduler;
  options.onBatch = ({ queue, size }) => {
    if (queue === `tiny-vqa/${work}`) sizes.push(size);
  };
  const together = await Promise.all(bodies.map(post));
  delete options.onBatch;
  expect(Math.max(...sizes)).toBeGreaterThan(1);
  for (const [i, { body }] of together.entries()) {
    expect(body.answers.map(({ answer }: Scored) => answer)).toEqual(alone[i].map(({ answer }: Scored) => answer));
    for (const [n, { score }] of body.answers.entries()) expect(score).toBeCloseTo(alone[i][n].score, 5);
  }
});

test('the picture may come in every form', async () => {
  await harness.request.put('/v1/collections/c');
  await harness.request
    .post('/v1/collections/c/items')
    .send({ items: [{ id: 'p', image: { dataUrl: dataUrl(pictures[2]!) } }] });
  const rest = { question: QUESTIONS[2], answers: ANSWERS, topK: 5 };
  const { body: wanted } = await post({ ...asked(2), ...rest });
  const form = () =>
    harness.request
      .post('/v1/vqa')
      .attach('image', pictures[2]!, 'p.png')
      .field({ question: rest.question!, topK: '5', model: 'tiny-vqa' });
  const answers = [
    await post({ ...rest, image: { base64: pictures[2]!.toString('base64') } }),
    await post({ ...rest, image: { itemId: 'p', collection: 'c' } }),
    await form().field('answers', JSON.stringify(ANSWERS)),
    await form().field('answers', ANSWERS),
  ];
  for (const answer of answers) {
    expectContract(answer);
    expect(answer.body).toEqual(wanted);
  }
});

test('what is cut is said to be', async () => {
  const [short, long] = ['a cube', 'cubes and cones '.repeat(50)];
  const isCut = async (change: object) => (await post({ ...asked(0), question: short, ...change })).body.truncated;
  expect(await isCut({})).toBe(false);
  expect(await isCut({ question: long })).toBe(true);
  expect(await isCut({ answers: ['red', 'two'] })).toBe(false);
  expect(await isCut({ answers: ['red', long] })).toBe(true);
});

test('the stages are measured', async () => {
  const { headers } = await post(asked(0));
  expect(headers['server-timing']).toMatch(/encode;dur=[\d.]+, feed;dur=.*answer;dur=[\d.]+, total;dur=[\d.]+/);
  expect(await harness.core.metrics.text()).toMatch(/maskvlm_stage_seconds_count\{task="vqa",stage="answer"\} [1-9]/);
});

test.each<[string, object, number, string]>([
  ['no question', { question: undefined }, 400, 'question'],
  ['a question that is no text', { question: ['why?'] }, 400, 'question'],
  ['an empty question', { question: ' ' }, 422, 'question'],
  ['a question of 10,001 characters', { question: '?'.repeat(10_001) }, 422, 'question'],
  ['no answers to choose from', { answers: [] }, 400, 'answers'],
  ['answers twice', { answers: ['yes', 'yes'] }, 400, 'answers'],
  ['an empty answer', { answers: ['yes', ''] }, 422, 'answers[1]'],
  ['1,001 answers', { answers: Array.from({ length: 1001 }, (_, n) => `${n}`) }, 400, 'answers'],
  ['topK = 0', { topK: 0 }, 400, 'topK'],
  ['topK = 33 in its own words', { topK: 33 }, 400, 'topK'],
  ['topK = 1001', { answers: ['yes'], topK: 1001 }, 400, 'topK'],
  ['another decoding', { decode: 'sample' }, 400, 'decode'],
  ['a decoding of given answers', { answers: ['yes'], decode: 'greedy' }, 400, 'decode'],
  ['several greedy answers', { decode: 'greedy', topK: 2 }, 400, 'decode'],
])('%s is refused', async (_name, change, status, path) => {
  const answer = await post({ ...asked(0), ...change });
  expect([answer.status, answer.body.errors[0].path]).toEqual([status, path]);
});
