import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readData } from '../../../training/data/read-data.js';
import { planSamples } from '../../../training/data/sample-plan.js';
import { createPairItems } from '../../../training/tasks/items.js';

let folder = '';
const file = () => join(folder, 'captions.json');
const settings = { cleaning: 'none', check: 'decode', maxSkippedShare: 0.4 } as const;
const entry = (split: string, part: { limit?: number; fraction?: number } = {}) => ({
  format: 'karpathy' as const,
  annotations: file(),
  images: join(folder, 'images'),
  split,
  ...part,
});
const read = async (split: string, changes = {}, part = {}) =>
  (await readData('pairs', [entry(split, part)], { ...settings, ...changes }))[0]!;

const images = [
  { filename: 'a.png', split: 'train', sentences: [{ raw: ' A dog,\n on a sofa. ' }, { raw: 'Two cats' }], imgid: 0 },
  { image: 'b.png', filepath: 'nested', split: 'restval', sentences: [{ tokens: ['a', 'car'] }] },
  { filename: 'c.png', filepath: 'absent', split: 'train', sentences: [{ raw: 'c' }] },
  { filename: 'gone.png', split: 'train', sentences: [{ raw: 'd' }] },
  { filename: 'cut.png', split: 'train', sentences: [{ raw: 'e' }] },
  { filename: 'a.png', split: 'val', sentences: [{ raw: 'f' }] },
  { filename: 'c.png', split: 'val', sentences: [{ raw: '?' }] },
];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'read-data-'));
  await mkdir(join(folder, 'images', 'nested'), { recursive: true });
  const create = { width: 40, height: 40, channels: 3, background: '#336699' } as const;
  const noise = { ...create, noise: { type: 'gaussian', mean: 128, sigma: 40 } } as const;
  const picture = await sharp({ create: noise }).png().toBuffer();
  for (const name of ['a.png', 'nested/b.png', 'c.png']) await writeFile(join(folder, 'images', name), picture);
  await writeFile(join(folder, 'images', 'cut.png'), picture.subarray(0, picture.length >> 1));
  await writeFile(file(), JSON.stringify({ images, dataset: 'small' }));
});
afterAll(() => rm(folder, { recursive: true }));

describe('karpathy files', () => {
  test('give pictures and texts of a split in order, restval among train', async () => {
    const { records } = await read('train');
    const path = (name: string) => join(folder, 'images', name);
    expect(records).toEqual([
      { image: { file: path('a.png') }, imageKey: path('a.png'), texts: ['A dog, on a sofa.', 'Two cats'] },
      { image: { file: path('nested/b.png') }, imageKey: path('nested/b.png'), texts: ['a car'] },
      { image: { file: path('c.png') }, imageKey: path('c.png'), texts: ['c'] },
    ]);
  });

  test.each([
    ['a limit takes the first', { limit: 2 }, ['a.png', 'b.png']],
    ['a fraction takes as many in equal distances', { fraction: 0.4 }, ['a.png', 'c.png']],
    ['a fraction of next to nothing takes one', { fraction: 0.01 }, ['a.png']],
    ['both take the first of the fraction', { fraction: 0.4, limit: 1 }, ['a.png']],
  ])('are read in part: %s', async (_, part, names) => {
    const { records } = await read('train', {}, part);
    expect(records.map(({ imageKey }) => basename(imageKey))).toEqual(names);
  });

  test('lose pictures whose texts are nothing once they are cleaned', async () => {
    const { records, skipped } = await read('val', { cleaning: 'albef', maxSkippedShare: 0.5 });
    expect(records.map(({ texts }) => texts)).toEqual([['f']]);
    expect(skipped).toEqual([{ name: join(folder, 'images', 'c.png'), reason: 'no text' }]);
  });

  test('name their splits when the wanted one is empty', async () => {
    await expect(read('test')).rejects.toThrow(
      `split "test" of ${file()}: expected one of restval, train, val, got no pictures`,
    );
  });

  test.each([
    ['no JSON', '{"images": [', 'expected JSON, got'],
    [
      'another form',
      '{"annotations": []}',
      'expected the karpathy form {images: [{filename, split, sentences}]}, got images',
    ],
    ['a picture without split', '{"images": [{"filename": "a", "sentences": []}]}', 'got images.0.split'],
    [
      'a picture without name',
      '{"images": [{"split": "train", "sentences": []}]}',
      'expected a file name under filename or image',
    ],
  ])('%s is refused', async (_name, content, message) => {
    const annotations = join(folder, 'bad.json');
    await writeFile(annotations, content);
    await expect(readData('pairs', [{ ...entry('train'), annotations }], settings)).rejects.toThrow(message);
  });

  test('a missing file is named', async () => {
    const annotations = join(folder, 'none.json');
    await expect(readData('pairs', [{ ...entry('train'), annotations }], settings)).rejects.toThrow(
      `${annotations} (ENOENT)`,
    );
  });
});

describe('answerTypes', () => {
  const types = ['other', 'yes/no', undefined, 'number'];
  const readOf = async (kind: 'questions' | 'pairs', answerTypes: string[]) => {
    const name = join(folder, 'questions.json');
    const questions = types.map((_, id) => ({ question_id: id, question: `${id}?`, image: 'a.png' }));
    const annotations = types.map((answer_type, id) => ({ question_id: id, answers: [{ answer: 'a' }], answer_type }));
    await writeFile(name, JSON.stringify({ questions, annotations }));
    const files = { annotations: name, questions: name, images: join(folder, 'images') };
    return readData(kind, [{ format: 'vqa2', split: 'train', ...files, answerTypes }], settings);
  };

  test.each([
    [['other'], [0]],
    [
      ['number', 'yes/no'],
      [1, 3],
    ],
  ])('%j keep those questions', async (answerTypes, want) => {
    const [source] = await readOf('questions', answerTypes);
    expect(source!.records).toMatchObject(want.map((questionId) => ({ questionId })));
  });

  test.each([
    ['questions', ['colour'], /^questions of .*: expected at least one with an answer of type colour, got none$/],
    ['pairs', ['other'], /^data answerTypes of pictures: expected nothing \(only questions have answers\), got other$/],
  ] as const)('of %s are refused: %j', async (kind, answerTypes, message) => {
    await expect(readOf(kind, [...answerTypes])).rejects.toThrow(message);
  });
});

describe('unusable pictures', () => {
  test('are left out and listed up to the allowed share', async () => {
    const { skipped } = await read('train');
    expect(skipped.map(({ name, reason }) => [name.slice(folder.length + 8), reason.split(':')[0]])).toEqual([
      ['gone.png', 'missing'],
      ['cut.png', expect.stringContaining('got')],
    ]);
  });

  test('fail the run beyond it, by name', async () => {
    await expect(read('train', { maxSkippedShare: 0.3 })).rejects.toThrow(
      /pictures of .*captions.json: expected at most 30 % unusable \(data.maxSkippedShare\), got 2 of 5: .*gone.png \(missing\), .*cut.png \(got/,
    );
  });

  test('are only looked for where that is enough', async () => {
    const { skipped } = await read('train', { check: 'exists' });
    expect(skipped.map(({ reason }) => reason)).toEqual(['missing']);
  });
});

describe('a data entry', () => {
  test('of a file without pictures is refused', async () => {
    const annotations = join(folder, 'empty.json');
    await writeFile(annotations, '[]');
    await expect(readData('pairs', [{ ...entry('train'), format: 'albef', annotations }], settings)).rejects.toThrow(
      `pictures of ${annotations}: expected at least one, got none`,
    );
  });

  test('with a file that its format has no use for is refused', async () => {
    await expect(readData('pairs', [{ ...entry('train'), questions: 'q.json' }], settings)).rejects.toThrow(
      'data questions: expected nothing (the format karpathy has no use for it), got q.json',
    );
  });
});

describe('questions', () => {
  const questions = (...rows: [image: string, question: string][]) =>
    rows.map(([image, question], i) => ({ image, question, answer: 'yes', question_id: i }));
  const readQuestions = async (rows: object[], changes: object = {}) => {
    const annotations = join(folder, 'questions.json');
    await writeFile(annotations, JSON.stringify(rows));
    const entries = [{ ...entry('train'), format: 'albef' as const, annotations }];
    return (await readData('questions', entries, { ...settings, ...changes }))[0]!;
  };
  const few = questions(
    ['a.png', 'What?'],
    ['gone.png', 'Who?'],
    ['c.png', '?'],
    ['gone.png', 'When?'],
    ['c.png', 'Why?'],
  );

  test('go with their pictures, each of which is named once', async () => {
    const { records, skipped } = await readQuestions(few, { cleaning: 'albef', maxSkippedShare: 0.6 });
    expect(records.map(({ question }) => question)).toEqual(['What?', 'Why?']);
    expect(skipped).toEqual([
      { name: join(folder, 'images', 'gone.png'), reason: 'missing' },
      { name: 'question 2', reason: 'no text' },
    ]);
  });

  test('count by themselves beyond the allowed share', async () => {
    await expect(readQuestions(few, { maxSkippedShare: 0.3 })).rejects.toThrow(
      /^questions of .*questions\.json: expected at most 30 % unusable \(data\.maxSkippedShare\), got 2 of 5: .*gone\.png \(missing\)$/,
    );
  });

  test('may have 50 words where they are held out, and 30 in training', async () => {
    const long = questions(['a.png', Array(60).fill('why').join(' ')]);
    const words = async (changes: object) =>
      (await readQuestions(long, { cleaning: 'albef', ...changes })).records[0]!.question.split(' ').length;
    expect([await words({}), await words({ heldOut: true }), await words({ cleaning: 'none' })]).toEqual([30, 50, 60]);
  });

  test('do not come from captions', async () => {
    await expect(readData('questions', [entry('train')], settings)).rejects.toThrow(
      'data format: expected one of vqa2, visual-genome, albef (which give questions), got karpathy',
    );
  });
});

test('entries of two formats are mixed by their weights', async () => {
  const table = join(folder, 'table.tsv');
  await writeFile(table, 'gone.png\tfrom the table\na.png\tfrom the table\n');
  const entries = [
    { ...entry('train'), weight: 1 },
    { ...entry('train'), format: 'tsv' as const, annotations: table, images: join(folder, 'images'), weight: 3 },
  ];
  const sources = await readData('pairs', entries, { ...settings, maxSkippedShare: 0.5 });
  expect(sources.map(({ records, weight }) => [records.length, weight])).toEqual([
    [3, 1],
    [1, 3],
  ]);
  const itemsOf = createPairItems();
  const items = sources.map(({ records, weight }) => ({ items: itemsOf(records), weight }));
  const plan = planSamples(items, { seed: 1, visit: 'picture', textsPerPicture: 1, batchSize: 4 });
  const drawn = Array.from({ length: 100 }, (_, step) => plan.batch(step)).flat();
  const fromTable = drawn.filter(({ item, textIndex }) => item.texts[textIndex] === 'from the table');
  expect(fromTable).toHaveLength(300);
  expect(new Set(drawn.map(({ item }) => item.pictures[0]!.key)).size).toBe(3);
});

const data = process.env.MASKVLM_DATA ?? resolve('..', 'shared', 'data');
const ucm = join(data, 'ucm', 'dataset_ucm.json');
describe.skipIf(!existsSync(ucm))('UC Merced captions (skipped where MASKVLM_DATA has no ucm folder)', () => {
  test('1,890 photos with five captions each: 1,680 to train on and 210 to validate on', async () => {
    const files = { format: 'karpathy' as const, annotations: ucm, images: join(data, 'ucm', 'images') };
    const splits = ['train', 'val'].map((split) => ({ ...files, split }));
    const sources = await readData('pairs', splits, { ...settings, check: 'exists', maxSkippedShare: 0 });
    expect(sources.map(({ records }) => records.length)).toEqual([1680, 210]);
    expect(sources.flatMap(({ records }) => records).every(({ texts }) => texts.length === 5)).toBe(true);
    expect((await readFile(sources[1]!.records[0]!.image.file)).length).toBeGreaterThan(0);
  });
});
