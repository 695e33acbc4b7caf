import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readImageFolder } from '../../../training/data/image-folder.js';
import { readData } from '../../../training/data/read-data.js';
import { dataFolder, picture, shorten } from '../../fixtures/data-folder.js';

const read = async (images: string) => {
  const files = { annotations: images, images, split: 'train' };
  return shorten(await readImageFolder(files), files);
};

describe('a folder of pictures', () => {
  test('gives them in order, its own first, with the texts beside them', async () => {
    const folder = await dataFolder({
      '00001/000010001.jpg': 'x',
      '00001/000010001.json': { caption: 'second', url: 'http://x' },
      '00000/000000001.PNG': 'x',
      '00000/000000001.txt': 'first\n',
      '00000/000000001.json': { caption: 'other' },
      '00000_stats.json': { count: 2 },
      'own.webp': 'x',
      'own.json': { captions: ['one', 'two'] },
    });
    expect(await read(folder)).toEqual([
      ['own.webp', ['one', 'two']],
      ['00000/000000001.PNG', ['first\n']],
      ['00001/000010001.jpg', ['second']],
    ]);
  });

  test('follows links and passes over what is hidden', async () => {
    const folder = await dataFolder({
      'real/a.jpg': 'x',
      'images/.thumbnails/b.jpg': 'x',
      'images/__MACOSX/c.jpg': 'x',
      'images/._d.jpg': 'x',
    });
    await symlink(join(folder, 'real'), join(folder, 'images', 'linked'));
    await symlink(join(folder, 'gone'), join(folder, 'images', 'broken.jpg'));
    await mkdir(join(folder, 'images', 'empty.jpg'));
    expect(await read(join(folder, 'images'))).toEqual([['linked/a.jpg', []]]);
  });

  test('is all that a data entry needs; pictures without a text are left out by name', async () => {
    const images = await dataFolder({ 'a.png': await picture(), 'a.txt': 'red', 'b.png': await picture() });
    const [source] = await readData('pairs', [{ format: 'imagefolder', images, split: 'train' }], {
      cleaning: 'none',
      check: 'decode',
      maxSkippedShare: 0.5,
    });
    expect(source!.records.map(({ texts }) => texts)).toEqual([['red']]);
    expect(source!.skipped).toEqual([{ name: join(images, 'b.png'), reason: 'no text' }]);
  });

  test.each<[string, object, RegExp]>([
    ['broken JSON', { 'a.jpg': 'x', 'a.json': '{"caption"}' }, /a\.json: expected JSON, got "}" at line 1, column 11/],
    [
      'a caption that is no text',
      { 'a.jpg': 'x', 'a.json': { caption: 3 } },
      /a\.json: expected a mapping, its caption/,
    ],
  ])('with %s is refused', async (_name, files, message) => {
    await expect(read(await dataFolder(files as Record<string, object>))).rejects.toThrow(message);
  });

  test('that is not there is named', async () => {
    await expect(read('/none')).rejects.toThrow('images: expected a readable folder, got /none (ENOENT)');
  });
});
