import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readData } from '../../../training/data/read-data.js';
import { readVqa2, readVqa2Pairs } from '../../../training/data/vqa2.js';
import { type Content, dataFolder, within } from '../../fixtures/data-folder.js';

const question = (question_id: number, image_id?: number) => ({
  image_id,
  question: `Question ${question_id}?`,
  question_id,
});
const answers = (...words: string[]) =>
  words.map((answer, i) => ({ answer, answer_confidence: 'yes', answer_id: i + 1 }));
const annotation = (question_id: number, ...words: string[]) => ({
  question_type: 'what is',
  multiple_choice_answer: words[0],
  answers: answers(...words),
  answer_type: 'other',
  question_id,
});

interface Given {
  questions?: Content;
  annotations?: Content;
  pictures?: string[];
  split?: string;
  name?: string;
}

async function write({ questions, annotations, pictures = [], split = 'train', name = 'questions.json' }: Given) {
  const folder = await dataFolder({
    ...(questions && { [name]: questions }),
    ...(annotations && { 'annotations.json': annotations }),
    ...Object.fromEntries(pictures.map((path) => [`images/${path}`, 'x'])),
  });
  const given = {
    questions: questions && join(folder, name),
    annotations: annotations && join(folder, 'annotations.json'),
  };
  return { images: join(folder, 'images'), split, ...given, annotations: given.annotations ?? given.questions! };
}

async function read(given: Given) {
  const files = await write(given);
  return (await readVqa2(files)).map(({ image, ...record }) => ({ ...record, image: within(files, image.file) }));
}

const ten = ['net', 'net', 'net', 'netting', 'net', 'net', 'mesh', 'net', 'pitcher', 'orange'];

describe('VQA v2', () => {
  test('gives questions in order, each with its raw answers', async () => {
    const records = await read({
      questions: { data_subtype: 'train2014', questions: [question(9001, 9), question(9000, 9)] },
      annotations: { annotations: [annotation(9000, 'yes'), annotation(9001, ...ten), annotation(7, 'no')] },
    });
    const image = 'COCO_train2014_000000000009.jpg';
    const types = { questionType: 'what is', answerType: 'other' };
    expect(records).toEqual([
      { image, questionId: 9001, question: 'Question 9001?', ...types, answers: ten },
      { image, questionId: 9000, question: 'Question 9000?', ...types, answers: ['yes'] },
    ]);
  });

  test('has no answers in a test split, whose file may be named either way', async () => {
    const questions = { data_subtype: 'test-dev2015', questions: [question(1, 9)] };
    const want = {
      image: 'COCO_test2015_000000000009.jpg',
      questionId: 1,
      question: 'Question 1?',
      questionType: undefined,
      answerType: undefined,
      answers: [],
    };
    expect(await read({ questions })).toEqual([want]);
    expect(await read({ annotations: questions })).toEqual([want]);
  });

  test('may be one file', async () => {
    const records = await read({ annotations: { questions: [question(1, 9)], annotations: [annotation(1, 'yes')] } });
    expect(records.map(({ answers }) => answers)).toEqual([['yes']]);
  });

  test.each<[string, Given, string]>([
    [
      'the subset of the file',
      { questions: { data_subtype: 'val2014', questions: [question(1, 9)] } },
      'COCO_val2014_000000000009.jpg',
    ],
    [
      'its name',
      { questions: { questions: [question(1, 9)] }, name: 'v2_OpenEnded_mscoco_val2014_questions.json' },
      'COCO_val2014_000000000009.jpg',
    ],
    ['the split', { questions: { questions: [question(1, 9)] }, split: 'val' }, 'COCO_val2014_000000000009.jpg'],
    [
      'what is there',
      { questions: { questions: [question(1, 9)] }, pictures: ['val2014/COCO_val2014_000000000009.jpg'] },
      'val2014/COCO_val2014_000000000009.jpg',
    ],
    [
      'the digits alone',
      { questions: { questions: [question(1, 9)] }, pictures: ['000000000009.jpg'] },
      '000000000009.jpg',
    ],
    ['image', { questions: { questions: [{ ...question(1), image: 'a/0.png' }] } }, 'a/0.png'],
    ['filename beside the id', { questions: { questions: [{ ...question(1, 9), filename: '0.png' }] } }, '0.png'],
    [
      'filename in the annotations',
      {
        questions: { questions: [question(1)] },
        annotations: { annotations: [{ ...annotation(1, 'a'), filename: '1.png' }] },
      },
      '1.png',
    ],
  ])('finds pictures by %s', async (_name, given, want) => {
    expect((await read(given))[0]!.image).toBe(want);
  });

  test.each<[string, Given, RegExp]>([
    [
      'broken JSON',
      { questions: '{"questions": [\n{]}' },
      /questions\.json: expected JSON, got "\]}" at line 2, column 2/,
    ],
    [
      'another form',
      { questions: { data: [] } },
      /expected the VQA form .*, got its value: neither questions nor annotations/,
    ],
    ['a question without its text', { questions: { questions: [{ question_id: 1 }] } }, /got questions\.0\.question/],
    [
      'annotations alone',
      { annotations: { annotations: [annotation(1, 'a')] } },
      /questions of .*annotations\.json: expected a file of questions beside it, got none/,
    ],
    [
      'a question without answers',
      {
        questions: { questions: [question(1, 9), question(2, 9)] },
        annotations: { annotations: [annotation(1, 'a')] },
      },
      /^question 2 of .*questions\.json: expected answers in .*annotations\.json, got none$/,
    ],
    [
      'an empty list of answers',
      { questions: { questions: [question(1, 9)] }, annotations: { annotations: [annotation(1)] } },
      /got annotations\.0\.answers/,
    ],
    [
      'a question without a picture',
      { questions: { questions: [question(1)] } },
      /^question 1 of .*: expected a picture under image_id, filename or image, got none$/,
    ],
  ])('with %s is refused', async (_name, given, message) => {
    await expect(read(given)).rejects.toThrow(message);
  });
});

describe('VQA v2 as captions', () => {
  async function readCaptions(given: Given) {
    const files = await write(given);
    const records = await readVqa2Pairs(files);
    return records.map(({ image, texts }) => [within(files, image.file), ...texts]);
  }

  test('are the questions with their most frequent answers, by picture', async () => {
    const asked = [question(1, 9), question(2, 8), question(3, 9), question(4, 9), question(5, 7)];
    const answered = [
      annotation(1, ...ten),
      annotation(2, 'no', 'yes', 'yes'),
      annotation(3, 'no', 'no', 'yes'),
      annotation(4, 'b', 'a', 'c', 'a', 'b'),
      annotation(5, 'no'),
    ];
    const texts = await readCaptions({
      questions: { data_subtype: 'train2014', questions: asked },
      annotations: { annotations: answered },
    });
    expect(texts).toEqual([
      ['COCO_train2014_000000000009.jpg', 'Question 1? net', 'Question 3? no', 'Question 4? b'],
      ['COCO_train2014_000000000008.jpg', 'Question 2? yes'],
      ['COCO_train2014_000000000007.jpg', 'Question 5? no'],
    ]);
  });

  test('without answers are refused', async () => {
    await expect(readCaptions({ questions: { questions: [question(1, 9)] } })).rejects.toThrow(
      /^question 1 of .*questions\.json: expected an answer, got none$/,
    );
  });
});

const data = process.env.MASKVLM_DATA ?? resolve('..', 'shared', 'data');
const settings = { cleaning: 'none', check: 'decode', maxSkippedShare: 0 } as const;

describe.skipIf(!existsSync(join(data, 'fixtures')))(
  'the sample of allennlp-models (skipped where MASKVLM_DATA has no fixtures folder)',
  () => {
    test('loads with its pictures', async () => {
      const files = ['questions', 'annotations'].map((name) => [name, join(data, 'fixtures', 'vqav2', `${name}.json`)]);
      const images = join(data, 'fixtures', 'images', 'vqav2');
      const entry = { format: 'vqa2' as const, ...Object.fromEntries(files), images, split: 'train' };
      const [source] = await readData('questions', [entry], settings);
      expect(source!.records).toHaveLength(3);
      expect(source!.records[0]).toMatchObject({
        image: { file: join(images, 'COCO_train2014_000000458752.jpg') },
        questionId: 458752000,
        question: 'What is this photo taken looking through?',
        answers: ten,
      });
    });
  },
);

describe.skipIf(!existsSync(join(data, 'easy-vqa')))(
  'easy-VQA (skipped where MASKVLM_DATA has no easy-vqa folder)',
  () => {
    test('has 38,575 questions, each with ten answers, about 4,000 pictures', async () => {
      const file = (name: string) => join(data, 'easy-vqa', name);
      const entries = ['train', 'val'].map((split) => ({
        format: 'vqa2' as const,
        questions: file(`questions_${split}.json`),
        annotations: file(`annotations_${split}.json`),
        images: file('images'),
        split,
      }));
      const sources = await readData('questions', entries, { ...settings, check: 'exists' });
      const records = sources.flatMap((source) => source.records);
      expect(records).toHaveLength(38_575);
      expect(sources[1]!.records).toHaveLength(3892);
      expect(records.every(({ answers }) => answers.length === 10)).toBe(true);
      expect(new Set(records.map(({ image }) => image.file)).size).toBe(4000);
      // Each picture is decoded once, however many questions are about it.
      const [few] = await readData('questions', [{ ...entries[1]!, limit: 100 }], settings);
      expect(few!.records).toHaveLength(100);
    });
  },
);
