import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseRecipe } from '../../../training/recipe/recipe.js';
import { TASKS } from '../../../training/tasks/tasks.js';
import { temporaryFolder } from '../../fixtures/tiny-training.js';

let folder = '';
const at = (name: string) => join(folder, name);
const statement = { identifier: 'a-1-0-0', left: 'a.png', right: 'a.png', sentence: 'both are red' };
beforeAll(async () => {
  folder = await temporaryFolder();
  await writeFile(at('a.png'), '');
  await writeFile(at('labelled.jsonl'), JSON.stringify({ ...statement, label: 'True' }));
  await writeFile(at('held-back.jsonl'), JSON.stringify(statement));
  await writeFile(at('empty.jsonl'), '');
});

const read = (train: string, val: string) => {
  const entry = (name: string) => ({ format: 'nlvr2', annotations: at(`${name}.jsonl`), images: folder });
  const recipe = parseRecipe({
    name: 'statements',
    task: 'nlvr2',
    model: 'tiny',
    tokenizer: { vocabSize: 300 },
    data: { train: [entry(train)], val: [entry(val)], check: 'exists' },
    schedule: { steps: 1 },
  });
  return TASKS.nlvr2.read(recipe);
};

describe('a split with nothing in it is named before the run begins', () => {
  test.each([
    ['labelled', 'held-back', 'recipe data.val.0: expected examples with an answer or label to measure by, got none'],
    ['held-back', 'labelled', 'recipe data.train.0: expected examples with an answer or label to learn from, got none'],
    ['labelled', 'empty', 'empty.jsonl: expected at least one, got none'],
    ['empty', 'labelled', 'empty.jsonl: expected at least one, got none'],
  ])('training on %s, validating on %s', async (train, val, message) => {
    await expect(read(train, val)).rejects.toThrow(message);
  });

  test('training and validating on labelled', async () => {
    const { train, val } = await read('labelled', 'labelled');
    expect([train, val].map(([one]) => one!.items.length)).toEqual([1, 1]);
  });
});

describe('answers.balanced', () => {
  const images = ['a', 'b', 'c'].map((name) => `${name}.png`);
  const questions = images.map((image, id) => ({ question_id: id, question: 'Is it red?', image }));
  const annotations = images.map((_, id) => ({ question_id: id, answers: [{ answer: id === 0 ? 'yes' : 'no' }] }));

  test.each([
    [true, 4],
    [false, 3],
  ])('%s learns from %i of three questions, and measures by each once', async (balanced, learned) => {
    await writeFile(at('vqa.json'), JSON.stringify({ questions, annotations }));
    for (const image of images) await writeFile(at(image), '');
    const entry = { format: 'vqa2', annotations: at('vqa.json'), images: folder };
    const recipe = parseRecipe({
      name: 'questions',
      task: 'vqa',
      model: 'tiny',
      tokenizer: { vocabSize: 300 },
      answers: { balanced },
      data: { train: [entry], val: [entry], check: 'exists' },
      schedule: { steps: 1 },
    });
    const { train, val, held } = await TASKS.vqa.read(recipe);
    const answers = train[0]!.items.map(({ target }) => (target as { answers: { text: string }[] }).answers[0]!.text);
    expect(answers).toEqual(['yes', 'no', 'no', 'yes'].slice(0, learned));
    expect([val[0]!.items.length, held!.examples]).toEqual([3, 3]);
  });
});
