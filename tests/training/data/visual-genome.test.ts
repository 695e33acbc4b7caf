import { describe, expect, test } from 'vitest';
import { readVisualGenome, readVisualGenomeQuestions } from '../../../training/data/visual-genome.js';
import { annotated, shorten, within } from '../../fixtures/data-folder.js';

const region = (image_id: number, phrase: string) => ({
  region_id: 1382,
  width: 82,
  height: 139,
  image_id,
  phrase,
  y: 57,
  x: 421,
});

async function read(content: object | string, pictures: string[] = []) {
  const files = await annotated('region_descriptions.json', content, pictures);
  return shorten(await readVisualGenome(files), files);
}

describe('region_descriptions.json', () => {
  test('gives each picture the phrases of its regions, each once', async () => {
    const content = [
      {
        regions: [
          region(1, 'the clock is green '),
          region(1, 'shade is along the street'),
          region(1, 'the clock is green'),
        ],
        id: 1,
      },
      { regions: [], id: 2 },
    ];
    expect(await read(content)).toEqual([
      ['1.jpg', ['the clock is green', 'shade is along the street']],
      ['2.jpg', []],
    ]);
  });

  test.each(['3.jpg', 'VG_100K/3.jpg', 'VG_100K_2/3.jpg'])('finds pictures at %s', async (path) => {
    expect(await read([{ regions: [region(3, 'a')], image_id: 3 }], [path])).toEqual([[path, ['a']]]);
  });

  test('takes filename or image beside or instead of the id', async () => {
    const content = [
      { id: 1, image: 'one.png', regions: [region(1, 'a')] },
      { filename: 'two.png', regions: [region(2, 'b')] },
    ];
    expect(await read(content)).toEqual([
      ['one.png', ['a']],
      ['two.png', ['b']],
    ]);
  });
});

describe('question_answers.json', () => {
  const qa = (qa_id: number, question: string, answer: string) => ({
    a_objects: [],
    question,
    image_id: 1,
    qa_id,
    answer,
  });

  test('gives questions with an answer as VQA has them', async () => {
    const content = [
      { id: 1, qas: [qa(986768, 'What color is the clock?', 'Green.'), qa(986769, 'When?', ' At 2:30 p.m. ')] },
      { id: 2, qas: [] },
      { id: 3, filename: 'c.png', qas: [qa(7, 'Who?', 'Nobody')] },
    ];
    const files = await annotated('question_answers.json', content, ['VG_100K_2/1.jpg']);
    const records = await readVisualGenomeQuestions(files);
    expect(records.map(({ image, ...record }) => [within(files, image.file), record])).toEqual([
      ['VG_100K_2/1.jpg', { questionId: 986768, question: 'What color is the clock?', answers: ['green'] }],
      ['VG_100K_2/1.jpg', { questionId: 986769, question: 'When?', answers: ['at 2:30 p.m'] }],
      ['c.png', { questionId: 7, question: 'Who?', answers: ['nobody'] }],
    ]);
  });

  test('is refused without questions', async () => {
    const files = await annotated('question_answers.json', [{ id: 1, regions: [] }]);
    await expect(readVisualGenomeQuestions(files)).rejects.toThrow(
      'picture 0 of ' +
        files.annotations +
        ": expected Visual Genome's questions [{id, qas: [{qa_id, question, answer}]}], got qas",
    );
  });
});

test.each([
  [
    'broken JSON',
    '[{"id": 1, "regions": []},\n{"id": 2 "regions": []}]',
    'expected JSON, got "\\"regions\\": []}" at line 2, column 10',
  ],
  ['a mapping', { 1: [] }, 'expected a JSON list, got "{" in line 1'],
  [
    'a picture without regions',
    [{ id: 1 }],
    "expected Visual Genome's region descriptions [{id, regions: [{phrase}]}], got regions",
  ],
  ['a picture without id', [{ id: 1, regions: [] }, { regions: [] }], 'picture 1 of'],
])('%s is refused', async (_name, content, message) => {
  await expect(read(content)).rejects.toThrow(message);
});
