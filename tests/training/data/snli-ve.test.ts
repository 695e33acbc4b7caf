import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readData } from '../../../training/data/read-data.js';
import { readSnliVe, readSnliVePairs } from '../../../training/data/snli-ve.js';
import { annotated, type Content, dataFolder, jsonLines, picture, within } from '../../fixtures/data-folder.js';

const row = (id: object, gold_label: unknown, rest: object = {}) => ({
  annotator_labels: [gold_label],
  captionID: '2248275918.jpg#2',
  gold_label,
  pairID: '2248275918.jpg#2r1c',
  sentence1: 'A toddler poses.',
  sentence2: 'A toddler sleeps outside.',
  ...id,
  ...rest,
});
const flickr = { Flickr30K_ID: '2248275918' };

async function read(content: Content, pictures: string[] = []) {
  const files = await annotated('snli_ve_dev.jsonl', content, pictures);
  const reasons: string[] = [];
  const records = await readSnliVe(files, (reason) => reasons.push(reason));
  return { reasons, records: records.map(({ image, ...record }) => ({ ...record, image: within(files, image.file) })) };
}

describe('SNLI-VE', () => {
  test.each([{ Flickr30K_ID: '2248275918' }, { Flickr30kID: 2248275918 }, { Flikr30kID: '2248275918.jpg' }])(
    'gives hypotheses about pictures named as %j',
    async (id) => {
      const { records } = await read(jsonLines([row(id, 'contradiction')]));
      expect(records).toEqual([
        {
          image: '2248275918.jpg',
          hypothesis: 'A toddler sleeps outside.',
          label: 'contradiction',
          id: '2248275918.jpg#2r1c',
        },
      ]);
    },
  );

  test('takes filename or image beside or instead of the id', async () => {
    const rows = [
      row({ ...flickr, filename: 'val_000001.jpg' }, 'neutral'),
      row({ image: 'b.png' }, 'neutral', { pairID: undefined }),
    ];
    const { records } = await read(jsonLines(rows));
    expect(records.map(({ image, id }) => [image, id])).toEqual([
      ['val_000001.jpg', '2248275918.jpg#2r1c'],
      ['b.png', 'snli_ve_dev.jsonl:2'],
    ]);
    expect((await read(jsonLines(rows), ['2248275918.jpg'])).records[0]!.image).toBe('2248275918.jpg');
  });

  test('leaves out and counts what the annotators did not agree on', async () => {
    const rows = [row(flickr, '-'), row(flickr, 'neutral'), row(flickr, '-')];
    const { records, reasons } = await read(jsonLines(rows));
    expect(records.map(({ label }) => label)).toEqual(['neutral']);
    expect(reasons).toEqual(Array(2).fill('gold label "-": the annotators did not agree'));
    const folder = await dataFolder({ 'a.jsonl': jsonLines(rows), 'images/2248275918.jpg': await picture() });
    const entry = {
      format: 'snli-ve' as const,
      annotations: join(folder, 'a.jsonl'),
      images: join(folder, 'images'),
      split: 'dev',
    };
    const [source] = await readData('hypotheses', [entry], { cleaning: 'none', check: 'decode', maxSkippedShare: 0 });
    expect(source!.leftOut).toEqual([{ reason: reasons[0], count: 2 }]);
    expect(source!.skipped).toEqual([]);
  });

  test.each<[string, Content, RegExp]>([
    [
      'a misspelt label',
      jsonLines([row(flickr, 'neutral'), row(flickr, 'entailmnet')]),
      /^label in line 2 of .*snli_ve_dev\.jsonl: expected one of entailment, neutral, contradiction, got "entailmnet" \(did you mean "entailment"\?\)$/,
    ],
    [
      'a label that is missing',
      jsonLines([row(flickr, undefined), row(flickr, 'neutral')]),
      /^line 1 of .*: expected a label, as line 2 of/,
    ],
    [
      'no hypothesis',
      jsonLines([row(flickr, 'neutral', { sentence2: undefined })]),
      /expected SNLI-VE's form .*, got sentence2/,
    ],
    [
      'no picture',
      jsonLines([row({}, 'neutral')]),
      /^line 1 of .*: expected a picture under Flickr30K_ID, filename or image, got none$/,
    ],
  ])('with %s is refused', async (_name, content, message) => {
    await expect(read(content)).rejects.toThrow(message);
  });
});

describe('SNLI-VE as captions', () => {
  async function readCaptions(rows: object[]) {
    const files = await annotated('snli_ve_dev.jsonl', jsonLines(rows), []);
    const records = await readSnliVePairs(files, () => {});
    return records.map(({ image, texts }) => [within(files, image.file), ...texts]);
  }

  test('are the hypotheses with their labels, by picture', async () => {
    const rows = [
      row(flickr, 'neutral'),
      row({ Flickr30K_ID: '7' }, 'entailment'),
      row(flickr, '-'),
      row(flickr, 'contradiction', { sentence2: 'An adult poses.' }),
    ];
    expect(await readCaptions(rows)).toEqual([
      ['2248275918.jpg', 'A toddler sleeps outside. neutral', 'An adult poses. contradiction'],
      ['7.jpg', 'A toddler sleeps outside. entailment'],
    ]);
  });

  test('without labels are refused', async () => {
    await expect(readCaptions([row(flickr, undefined)])).rejects.toThrow(
      /^hypothesis 2248275918\.jpg#2r1c of .*: expected an answer, got none$/,
    );
  });
});

const data = process.env.MASKVLM_DATA ?? resolve('..', 'shared', 'data');
test.skipIf(!existsSync(join(data, 'fixtures')))(
  'the sample of allennlp-models loads with its pictures (skipped where MASKVLM_DATA has no fixtures folder)',
  async () => {
    const annotations = join(data, 'fixtures/visual_entailment/sample_pairs.jsonl');
    const entry = {
      format: 'snli-ve' as const,
      annotations,
      images: join(data, 'fixtures/images/visual_entailment'),
      split: 'dev',
    };
    const [source] = await readData('hypotheses', [entry], { cleaning: 'albef', check: 'decode', maxSkippedShare: 0 });
    expect(source!.records).toHaveLength(16);
    expect(source!.records[0]).toMatchObject({ hypothesis: 'A toddler sleeps outside.', label: 'contradiction' });
  },
);
