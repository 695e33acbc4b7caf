import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readNlvr1, readNlvr1Hypotheses, readNlvr1Pairs } from '../../../training/data/nlvr1.js';
import { readNlvr2 } from '../../../training/data/nlvr2.js';
import { readData } from '../../../training/data/read-data.js';
import { annotated, type Content, jsonLines, within } from '../../fixtures/data-folder.js';

async function read(reader: typeof readNlvr2, content: Content, pictures: string[] = [], name = 'dev.json') {
  const files = await annotated(name, content, pictures);
  const records = await reader(files);
  return records.map(({ left, right, ...record }) => ({
    ...record,
    left: within(files, left.file),
    right: within(files, right.file),
  }));
}

const official = (identifier: string, label?: unknown, rest: object = {}) => ({
  validation: { 61: 'False' },
  sentence: `About ${identifier}.`,
  left_url: 'https://x.org/l.jpg',
  right_url: 'https://x.org/r.jpg',
  writer: '61',
  label,
  identifier,
  ...rest,
});

describe('NLVR2', () => {
  test('gives two pictures by the identifier, and the set that consistency counts by', async () => {
    const rows = [official('dev-850-0-1', 'False'), official('dev-850-2-1', 'True')];
    expect(await read(readNlvr2, `${jsonLines(rows)}\n`)).toEqual([
      {
        left: 'dev-850-0-img0.png',
        right: 'dev-850-0-img1.png',
        sentence: 'About dev-850-0-1.',
        label: false,
        identifier: 'dev-850-0-1',
        set: 'dev-850-1',
      },
      {
        left: 'dev-850-2-img0.png',
        right: 'dev-850-2-img1.png',
        sentence: 'About dev-850-2-1.',
        label: true,
        identifier: 'dev-850-2-1',
        set: 'dev-850-1',
      },
    ]);
  });

  test.each(['', 'train/', '34/', 'train/34/'])('finds pictures in the folder "%s"', async (folder) => {
    const pictures = [0, 1].map((side) => `${folder}train-9-3-img${side}.png`);
    const [record] = await read(readNlvr2, jsonLines([official('train-9-3-0', 'True', { directory: 34 })]), pictures);
    expect([record!.left, record!.right]).toEqual(pictures);
  });

  test('takes left and right beside or instead of the rule', async () => {
    const named = { left: 'a.jpg', right: 'sub/b.jpg' };
    const rows = [official('dev-0-0-0', true, named), official('mine', false, named)];
    const records = await read(readNlvr2, jsonLines(rows));
    expect(records.map(({ left, right, label, set }) => [left, right, label, set])).toEqual([
      ['a.jpg', 'sub/b.jpg', true, 'dev-0-0'],
      ['a.jpg', 'sub/b.jpg', false, 'mine'],
    ]);
    const found = await read(readNlvr2, jsonLines(rows.slice(0, 1)), ['dev/dev-0-0-img0.png']);
    expect(found[0]!.left).toBe('dev/dev-0-0-img0.png');
  });

  test('has no labels where they are held back', async () => {
    expect((await read(readNlvr2, jsonLines([official('test2-0-0-0')])))[0]!.label).toBe(undefined);
  });

  test.each<[string, Content, RegExp]>([
    [
      'a misspelt label',
      jsonLines([official('dev-0-0-0', 'True'), official('dev-0-1-0', 'Ture')]),
      /^label in line 2 of .*dev\.json: expected one of True, False, got "Ture" \(did you mean "True"\?\)$/,
    ],
    [
      'a label of another kind',
      jsonLines([official('dev-0-0-0', 1)]),
      /label in line 1 of .*: expected one of True, False, got 1$/,
    ],
    [
      'a label that is missing',
      jsonLines([official('dev-0-0-0', 'True'), official('dev-0-1-0')]),
      /^line 2 of .*dev\.json: expected a label, as line 1 of .* has one, got none$/,
    ],
    ['no sentence', jsonLines([{ identifier: 'dev-0-0-0' }]), /^line 1 of .*: expected NLVR2's form .*, got sentence/],
    [
      'broken JSON',
      `${jsonLines([official('dev-0-0-0', 'True')])}{"identifier"}\n`,
      /dev\.json: expected JSON, got "}" at line 2, column 14$/,
    ],
    [
      'no pictures',
      jsonLines([official('mine', 'True')]),
      /^line 1 of .*: expected left and right, or an identifier such as dev-850-0-0, got mine$/,
    ],
  ])('with %s is refused', async (_name, content, message) => {
    await expect(read(readNlvr2, content)).rejects.toThrow(message);
  });
});

describe('NLVR', () => {
  const row = (identifier: string, label: unknown, rest: object = {}) => ({
    identifier,
    sentence: 'There is a tower.',
    label,
    directory: '2',
    ...rest,
  });

  test('gives one picture twice, and groups by the beginning of the identifier', async () => {
    const rows = [row('1572-0', 'true', { image: 'dev-1572-0-0.png' }), row('1572-1', 'false', { filename: 'x.png' })];
    const records = await read(readNlvr1, jsonLines(rows));
    expect(records.map(({ left, right, label, set }) => [left, right, label, set])).toEqual([
      ['dev-1572-0-0.png', 'dev-1572-0-0.png', true, '1572'],
      ['x.png', 'x.png', false, '1572'],
    ]);
  });

  test.each(['dev-7-1-0.png', 'dev/dev-7-1-0.png', '2/dev-7-1-0.png', 'dev/2/dev-7-1-0.png'])(
    'finds pictures at %s by the official rule',
    async (path) => {
      const [record] = await read(readNlvr1, jsonLines([row('7-1', 'true')]), [path], 'dev.jsonl');
      expect(record!.left).toBe(path);
    },
  );

  test('as captions: statements with their labels, by picture', async () => {
    const readCaptions = async (...rows: object[]) => {
      const files = await annotated('dev.json', jsonLines(rows), []);
      return (await readNlvr1Pairs(files)).map(({ image, texts }) => [within(files, image.file), ...texts]);
    };
    const [a, b] = [{ image: 'a.png' }, { image: 'b.png' }];
    const found = readCaptions(row('1-0', 'true', a), row('2-0', 'false', b), row('3-0', 'false', a));
    expect(await found).toEqual([
      ['a.png', 'There is a tower. true', 'There is a tower. false'],
      ['b.png', 'There is a tower. false'],
    ]);
    await expect(readCaptions(row('1-0', undefined, a))).rejects.toThrow(
      /^statement 1-0 of .*dev\.json: expected an answer, got none$/,
    );
  });

  test('as hypotheses: true is entailed, false contradicted, and held back stays open', async () => {
    const readHypotheses = async (...rows: object[]) => {
      const files = await annotated('dev.json', jsonLines(rows), []);
      const records = await readNlvr1Hypotheses(files);
      return records.map(({ image, ...record }) => ({ ...record, image: within(files, image.file) }));
    };
    const hypothesis = 'There is a tower.';
    expect(await readHypotheses(row('1-0', 'true', { image: 'a.png' }), row('1-1', 'false'))).toEqual([
      { image: 'a.png', hypothesis, label: 'entailment', id: '1-0' },
      { image: 'dev-1-1-0.png', hypothesis, label: 'contradiction', id: '1-1' },
    ]);
    expect((await readHypotheses(row('1-0', undefined)))[0]!.label).toBe(undefined);
  });

  test('refuses a wrong label by its line', async () => {
    await expect(read(readNlvr1, jsonLines([row('7-1', 'flase')]))).rejects.toThrow(
      /^label in line 1 of .*: expected one of True, False, got "flase" \(did you mean "False"\?\)$/,
    );
  });
});

const data = process.env.MASKVLM_DATA ?? resolve('..', 'shared', 'data');
const settings = { cleaning: 'none', check: 'decode', maxSkippedShare: 0 } as const;

test.skipIf(!existsSync(join(data, 'fixtures')))(
  'the sample of NLVR2 loads with its pictures (skipped where MASKVLM_DATA has no fixtures folder)',
  async () => {
    const files = {
      annotations: join(data, 'fixtures/nlvr2/tiny-dev.json'),
      images: join(data, 'fixtures/images/nlvr2'),
    };
    const [source] = await readData('statements', [{ format: 'nlvr2', ...files, split: 'dev' }], settings);
    expect(source!.records.map(({ label }) => label)).toEqual([false, true, false, true, true, false, false, true]);
    expect(new Set(source!.records.map(({ set }) => set))).toEqual(new Set(['dev-850-0', 'dev-850-1']));
  },
);

test.skipIf(!existsSync(join(data, 'nlvr1')))(
  'NLVR has 12,408 training examples and 989 others (skipped where MASKVLM_DATA has no nlvr1 folder)',
  async () => {
    const entry = (split: string) => {
      const annotations = join(data, 'nlvr1', `${split}.jsonl`);
      return { format: 'nlvr1' as const, annotations, images: join(data, 'nlvr1', split), split };
    };
    const [train, dev] = await readData('statements', [entry('train'), entry('dev')], { ...settings, check: 'exists' });
    expect([train!.records.length, dev!.records.length]).toEqual([12_408, 989]);
    expect(new Set(dev!.records.map(({ set }) => set)).size).toBe(267);
    const inner = { ...entry('dev'), images: join(data, 'nlvr1'), limit: 20 };
    expect((await readData('statements', [inner], settings))[0]!.records).toHaveLength(20);
  },
);
