import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { imageName, readImage } from '../../../training/data/image-source.js';
import { loadRaster } from '../../../training/data/load-raster.js';
import { readData } from '../../../training/data/read-data.js';
import { readWebDataset } from '../../../training/data/webdataset.js';
import { dataFolder, picture } from '../../fixtures/data-folder.js';
import { type TarFlavour, tar } from '../../fixtures/tar.js';

const read = (annotations: string, images = '/') => readWebDataset({ annotations, images, split: 'train' });
const settings = { cleaning: 'none', check: 'decode', maxSkippedShare: 0 } as const;
/** A folder with one shard. */
const shard = async (...files: Parameters<typeof tar>) => join(await dataFolder({ 'x.tar': tar(...files) }), 'x.tar');
const LONG = `${'folder/'.repeat(20)}${'n'.repeat(90)}`;

let [red, blue]: Buffer[] = [];
beforeAll(async () => {
  [red, blue] = [await picture('#ff0000'), await picture('#0000ff', 70)];
});

describe('shards', () => {
  test.each<TarFlavour>(['ustar', 'pax', 'gnu'])(
    'give samples whose pictures are read from within (%s)',
    async (flavour) => {
      const file = await shard(
        [
          ['a.b/000.png', red!],
          ['a.b/000.txt', 'a red field\n'],
          [`${LONG}.txt`, 'blaues Feld – größer'],
          [`${LONG}.png`, blue!],
        ],
        flavour,
      );
      const records = await read(file);
      expect(records.map(({ image, texts }) => [imageName(image), texts])).toEqual([
        [`${file}/a.b/000.png`, ['a red field\n']],
        [`${file}/${LONG}.png`, ['blaues Feld – größer']],
      ]);
      expect(records.map(({ imageKey }) => imageKey)).toEqual(records.map(({ image }) => imageName(image)));
      expect(await readImage(records[1]!.image)).toEqual(blue);
      const { width, data } = await loadRaster(records[1]!.image, 32);
      expect([width, ...data.subarray(0, 3)]).toEqual([64, 0, 0, 255]);
    },
  );

  test('take captions from .txt, else from .json', async () => {
    const json = (value: object) => JSON.stringify(value);
    const file = await shard([
      ['0.jpg', red!],
      ['0.json', json({ caption: 'other', url: 'x' })],
      ['0.txt', 'the txt'],
      ['1.JPG', red!],
      ['1.json', json({ caption: 'one', width: 3 })],
      ['2.seg.png', blue!],
      ['2.png', red!],
      ['2.json', json({ captions: ['two', 'too'] })],
      ['3.jpg', red!],
      ['3.json', json({ caption: null, text: 'three' })],
      ['4.jpg', red!],
      ['4.cls', '7'],
      ['5.cls', '7'],
      ['readme', 'no sample'],
      ['._0.jpg', 'nor this'],
    ]);
    expect((await read(file)).map(({ image, texts }) => [image.member!.name, texts])).toEqual([
      ['0.jpg', ['the txt']],
      ['1.JPG', ['one']],
      ['2.png', ['two', 'too']],
      ['3.jpg', ['three']],
      ['4.jpg', []],
    ]);
  });

  test.each(['shards/cc-{000..001}.tar', 'shards', '/elsewhere/cc-{000..001}.tar'])('are named by %s', async (name) => {
    const folder = await dataFolder({
      'shards/cc-001.tar': tar([
        ['1.png', red!],
        ['1.txt', 'one'],
      ]),
      'shards/cc-000.tar': tar([
        ['0.png', red!],
        ['0.txt', 'zero'],
      ]),
    });
    const annotations = name.startsWith('/') ? name : join(folder, name);
    expect((await read(annotations, join(folder, 'shards'))).map(({ texts }) => texts)).toEqual([['zero'], ['one']]);
  });

  test('are all that a data entry needs, as annotations or as images', async () => {
    const file = await shard([
      ['0.png', red!],
      ['0.txt', 'zero'],
      ['1.png', blue!],
      ['1.txt', 'one'],
    ]);
    for (const key of ['annotations', 'images']) {
      const [source] = await readData(
        'pairs',
        [{ format: 'webdataset', [key]: file, split: 'train', limit: 1 }],
        settings,
      );
      expect(source!.records.map(({ texts }) => texts)).toEqual([['zero']]);
    }
    await expect(readData('pairs', [{ format: 'webdataset', split: 'train' }], settings)).rejects.toThrow(
      'data annotations: expected a path (the format webdataset needs one of annotations, images), got nothing',
    );
  });

  test('without a picture, or with a broken one, count as unusable', async () => {
    const file = await shard([
      ['0.png', red!],
      ['0.txt', 'a'],
      ['1.txt', 'b'],
      ['2.png', red!.subarray(0, 60)],
      ['2.txt', 'c'],
    ]);
    const [source] = await readData('pairs', [{ format: 'webdataset', annotations: file, split: 'train' }], {
      ...settings,
      maxSkippedShare: 0.7,
    });
    expect(source!.skipped).toEqual([
      { name: `${file}/1.jpg`, reason: 'missing' },
      { name: `${file}/2.png`, reason: expect.stringMatching(/^got /) },
    ]);
  });
});

describe('is refused', () => {
  const content = tar([
    ['0.png', 'x'.repeat(2000)],
    ['0.txt', 'a'],
  ]);
  test.each<[string, Uint8Array | string, RegExp]>([
    [
      'an archive that is cut off in a member',
      content.subarray(0, 1600),
      /0\.png in .*x\.tar: expected 2000 bytes, got the end of the file after 576$/,
    ],
    [
      'an archive that is cut off in a header',
      content.subarray(0, 3300),
      /x\.tar: expected uncompressed, with the header of a member, got other bytes at byte 3072$/,
    ],
    ['no archive', 'x'.repeat(2000), /tar archive .*x\.tar: expected uncompressed, .* got other bytes at byte 0$/],
    [
      'a key that comes twice',
      tar([
        ['0.txt', 'a'],
        ['1.txt', 'a'],
        ['0.png', 'x'],
      ]),
      /expected the members of a key side by side, got 0 twice$/,
    ],
    [
      'broken JSON',
      tar([['0.json', '{"caption"}']]),
      /0\.json in .*x\.tar: expected JSON, got "}" at line 1, column 11$/,
    ],
    [
      'a caption that is no text',
      tar([['0.json', '{"caption": 3}']]),
      /0\.json in .*x\.tar: expected a mapping, its caption a text or a list, got caption/,
    ],
  ])('%s', async (_name, bytes, message) => {
    await expect(read(join(await dataFolder({ 'x.tar': bytes }), 'x.tar'))).rejects.toThrow(message);
  });

  test('a shard that is not there, and a folder without any', async () => {
    await expect(read('/none/{0..1}.tar')).rejects.toThrow(
      'annotations: expected a readable file, got /none/0.tar (ENOENT)',
    );
    await expect(read(await dataFolder({ 'a.txt': 'x' }))).rejects.toThrow('expected shards (.tar), got none');
  });
});
