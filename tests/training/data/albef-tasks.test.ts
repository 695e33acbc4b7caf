import { describe, expect, test } from 'vitest';
import { readAlbefHypotheses, readAlbefQuestions, readAlbefStatements } from '../../../training/data/albef-tasks.js';
import { annotated, within } from '../../fixtures/data-folder.js';

describe('ALBEF’s questions', () => {
  test('of VQA v2, of Visual Genome and of a test split', async () => {
    const files = await annotated(
      'vqa.json',
      [
        {
          question_id: 458752000,
          question: 'What is it?',
          answer: ['net', 'net', 'mesh'],
          image: 'val2014/COCO_val2014_000000393225.jpg',
          dataset: 'vqa',
        },
        { image: 'image/2412112.jpg', question: 'Who?', answer: 'girls', dataset: 'vg' },
        {
          question_id: 262144000,
          question: 'Is it?',
          image: 'test2015/COCO_test2015_000000262144.jpg',
          dataset: 'vqa',
        },
      ],
      ['2412112.jpg'],
    );
    const records = await readAlbefQuestions(files);
    expect(records.map(({ image, ...record }) => [within(files, image.file), record])).toEqual([
      [
        'val2014/COCO_val2014_000000393225.jpg',
        { questionId: 458752000, question: 'What is it?', answers: ['net', 'net', 'mesh'] },
      ],
      ['2412112.jpg', { questionId: 'vqa.json:1', question: 'Who?', answers: ['girls'] }],
      ['test2015/COCO_test2015_000000262144.jpg', { questionId: 262144000, question: 'Is it?', answers: [] }],
    ]);
  });
});

describe('ALBEF’s statements', () => {
  const statement = (pair: string, sentence: string, label: unknown) => ({
    sentence,
    label,
    images: [0, 1].map((side) => `dev/dev-${pair}-img${side}.png`),
  });

  test('are grouped by their words and the set of their pictures', async () => {
    const rows = [
      statement('850-0', 'A.', 'True'),
      statement('850-1', 'A.', 'False'),
      statement('850-0', 'B.', 'True'),
      statement('7-0', 'A.', 'True'),
    ];
    const files = await annotated('nlvr_dev.json', rows, ['dev-850-0-img1.png']);
    const records = await readAlbefStatements(files);
    expect(records.map(({ label, identifier, set }) => [label, identifier, set])).toEqual([
      [true, 'nlvr_dev.json:0', 'dev-850 A.'],
      [false, 'nlvr_dev.json:1', 'dev-850 A.'],
      [true, 'nlvr_dev.json:2', 'dev-850 B.'],
      [true, 'nlvr_dev.json:3', 'dev-7 A.'],
    ]);
    const [{ left, right }] = records as [(typeof records)[0]];
    expect([left, right].map(({ file }) => within(files, file))).toEqual([
      'dev/dev-850-0-img0.png',
      'dev-850-0-img1.png',
    ]);
  });

  test.each<[string, object, RegExp]>([
    [
      'a wrong label',
      statement('1-0', 'A.', 'Yes'),
      /^label in entry 0 of .*x\.json: expected one of True, False, got "Yes"$/,
    ],
    [
      'one picture',
      { ...statement('1-0', 'A.', 'True'), images: ['a.png'] },
      /got images: expected the paths of two pictures/,
    ],
  ])('with %s are refused', async (_name, row, message) => {
    await expect(readAlbefStatements(await annotated('x.json', [row]))).rejects.toThrow(message);
  });
});

describe('ALBEF’s hypotheses', () => {
  test('are about pictures without an ending', async () => {
    const files = await annotated('ve_dev.json', [
      { image: '4705552913', sentence: 'Two women.', label: 'contradiction' },
    ]);
    const [record] = await readAlbefHypotheses(files);
    expect({ ...record, image: within(files, record!.image.file) }).toEqual({
      image: '4705552913.jpg',
      hypothesis: 'Two women.',
      label: 'contradiction',
      id: 've_dev.json:0',
    });
  });

  test('with a wrong label are refused', async () => {
    const files = await annotated('x.json', [{ image: '1', sentence: 'A.', label: 'Neutral' }]);
    await expect(readAlbefHypotheses(files)).rejects.toThrow(/got "Neutral" \(did you mean "neutral"\?\)$/);
  });
});
