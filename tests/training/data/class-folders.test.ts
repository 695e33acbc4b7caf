import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readClassFolders } from '../../../training/data/class-folders.js';
import { readData } from '../../../training/data/read-data.js';
import { type Content, dataFolder, picture, within } from '../../fixtures/data-folder.js';

async function read(files: Record<string, Content>, split = 'test', names?: string) {
  const images = await dataFolder(files);
  const given = { annotations: names === undefined ? images : join(images, names), images, split };
  return (await readClassFolders(given)).map(({ image, label }) => [within(given, image.file), label]);
}

describe('folders of classes', () => {
  test('give their pictures in order, with readable names', async () => {
    const files = {
      '001.Black_footed_Albatross/b.jpg': 'x',
      '001.Black_footed_Albatross/a.jpg': 'x',
      '001.Black_footed_Albatross/readme.txt': 'x',
      'beach/close/c.PNG': 'x',
      'classes.txt': 'no picture',
    };
    expect(await read(files)).toEqual([
      ['001.Black_footed_Albatross/a.jpg', 'Black footed Albatross'],
      ['001.Black_footed_Albatross/b.jpg', 'Black footed Albatross'],
      ['beach/close/c.PNG', 'beach'],
    ]);
  });

  const splits = { 'Train/cat/a.jpg': 'x', 'validation/dog/b.jpg': 'x' };
  test.each([
    ['train', 'Train/cat/a.jpg'],
    ['val', 'validation/dog/b.jpg'],
    ['validation', 'validation/dog/b.jpg'],
  ])('are those of the split %s where folders of splits lie around them', async (split, want) => {
    expect((await read(splits, split))[0]![0]).toBe(want);
  });

  test('may have a class that is called like a split', async () => {
    expect((await read({ 'train/a.jpg': 'x', 'bus/b.jpg': 'x' })).map(([, label]) => label)).toEqual(['bus', 'train']);
  });

  test.each<[string, Content]>([
    ['names.json', { n01440764: 'tench', n01443537: 'gold fish' }],
    ['names.txt', 'n01440764 tench\nn01443537\tgold fish\n\nn00000000 other\n'],
  ])('take their names from %s', async (name, content) => {
    const files = { 'val/n01440764/a.jpg': 'x', 'val/n01443537/b.jpg': 'x', [name]: content };
    expect((await read(files, 'val', name)).map(([, label]) => label)).toEqual(['tench', 'gold fish']);
  });

  test.each<[string, Record<string, Content>, string | undefined, RegExp]>([
    [
      'a split that is not there',
      splits,
      undefined,
      /^split "test" of .*: expected one of Train, validation, got no pictures$/,
    ],
    [
      'a class without pictures',
      { 'a/a.jpg': 'x', 'b/b.txt': 'x' },
      undefined,
      /^class folder .*b: expected pictures, got none$/,
    ],
    [
      'a picture outside',
      { 'a/a.jpg': 'x', 'b.jpg': 'x' },
      undefined,
      /b\.jpg: expected a folder named like its class around it, got none$/,
    ],
    [
      'two classes of one name',
      { 'a_b/a.jpg': 'x', 'a b/b.jpg': 'x' },
      undefined,
      /^class folder a_b: expected a name of its own, got "a b", as a b has$/,
    ],
    [
      'a class without a name',
      { 'a/a.jpg': 'x', 'n.txt': 'b bird' },
      'n.txt',
      /^class folder a: expected a name in .*n\.txt, got none$/,
    ],
    ['names that are none', { 'a/a.jpg': 'x', 'n.json': { a: 1 } }, 'n.json', /expected {folder: name}, got a:/],
    [
      'a file of names that is missing',
      { 'a/a.jpg': 'x' },
      'n.txt',
      /expected a readable file, got .*n\.txt \(ENOENT\)/,
    ],
  ])('with %s are refused', async (_name, files, names, message) => {
    await expect(read(files, 'test', names)).rejects.toThrow(message);
  });

  test('need nothing but their folder', async () => {
    const images = await dataFolder({ 'red/a.png': await picture('#ff0000'), 'blue/a.png': await picture('#0000ff') });
    const [source] = await readData('classes', [{ format: 'imagefolder', images, split: 'test' }], {
      cleaning: 'albef',
      check: 'decode',
      maxSkippedShare: 0,
    });
    expect(source!.records.map(({ label }) => label)).toEqual(['blue', 'red']);
    await expect(
      readData('classes', [{ format: 'imagefolder', images: await dataFolder({}), split: 'test' }], {
        cleaning: 'none',
        check: 'exists',
        maxSkippedShare: 0,
      }),
    ).rejects.toThrow(/pictures of .*: expected at least one, got none/);
  });
});
