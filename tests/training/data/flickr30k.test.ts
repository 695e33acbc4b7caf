import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { flickr30kFiles, readFlickr30k } from '../../../training/data/flickr30k.js';
import { readData } from '../../../training/data/read-data.js';
import { dataFolder, shorten } from '../../fixtures/data-folder.js';

const SENTENCES = `[/EN#1/people A girl] with [/EN#2/bodyparts/other brown hair] sits .
[/EN#0/notvisual It] is [ sic ] late .
`;
const folder = () =>
  dataFolder({
    'val.txt': '36979\n65567\n',
    'test.txt': '36979',
    'Sentences/36979.txt': SENTENCES,
    'Sentences/65567.txt': 'A man .\n',
  });

describe('Flickr30k Entities', () => {
  test.each(['', 'val.txt'])('gives the captions of a split without their marks (%j)', async (list) => {
    const annotations = await folder();
    const files = { annotations: join(annotations, list), images: '/images', split: 'val' };
    expect(shorten(await readFlickr30k(files), files)).toEqual([
      ['36979.jpg', ['A girl with brown hair sits .', 'It is [ sic ] late .']],
      ['65567.jpg', ['A man .']],
    ]);
    expect(await flickr30kFiles(files)).toEqual(
      ['val.txt', 'Sentences/36979.txt', 'Sentences/65567.txt'].map((name) => join(annotations, name)),
    );
  });

  test.each([
    [
      'a split that is not there',
      {},
      { split: 'train' },
      /split "train" of .*: expected one of test, val, got no pictures/,
    ],
    ['no folder Sentences', { 'val.txt': '1\n' }, {}, /expected a folder Sentences, got none/],
    ['a picture without sentences', { 'val.txt': '1\n', 'Sentences/2.txt': 'a\n' }, {}, /1\.txt \(ENOENT\)/],
    ['a folder that is not there', {}, { annotations: '/none' }, /expected a readable file, got \/none \(ENOENT\)/],
  ])('%s is refused', async (_name, content, changes, message) => {
    const annotations = Object.keys(content).length ? await dataFolder(content) : await folder();
    await expect(readFlickr30k({ annotations, images: '/', split: 'val', ...changes })).rejects.toThrow(message);
  });
});

const data = join(process.env.MASKVLM_DATA ?? resolve('..', 'shared', 'data'), 'fixtures');
describe.skipIf(!existsSync(data))(
  'the sample of allennlp-models (skipped where MASKVLM_DATA has no fixtures folder)',
  () => {
    test('loads with its pictures', async () => {
      const files = { annotations: join(data, 'flickr30k'), images: join(data, 'images', 'flickr30k') };
      const [source] = await readData('pairs', [{ format: 'flickr30k', ...files, split: 'test' }], {
        cleaning: 'none',
        check: 'decode',
        maxSkippedShare: 0,
      });
      expect(source!.records.map(({ texts }) => texts.length)).toEqual([5, 5, 5, 5, 5]);
      expect(source!.records[2]!.texts[4]).toBe('A dark-haired girl is sitting on the waters edge .');
    });
  },
);
