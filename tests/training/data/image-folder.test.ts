import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { readImageFolder } from '../../../training/data/image-folder.js';
import { temporaryFolder } from '../../fixtures/tiny-training.js';

let folder = '';
beforeAll(async () => {
  folder = await temporaryFolder();
});

/** Writes empty files. */
async function files(...names: string[]): Promise<void> {
  for (const name of names) {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), '');
  }
}

describe('a folder of classes', () => {
  test('is read by class and path, with its labels as words', async () => {
    await files('all/tennis_court/b.jpg', 'all/tennis_court/a/z.PNG', 'all/002.American_Crow/1.webp');
    await files('all/Beach/x.jpeg', 'all/Beach/notes.txt', 'all/readme.md');
    const found = await readImageFolder(join(folder, 'all'));
    expect(found).toEqual([
      { imageFile: join(folder, 'all/002.American_Crow/1.webp'), label: 'American Crow' },
      { imageFile: join(folder, 'all/Beach/x.jpeg'), label: 'Beach' },
      { imageFile: join(folder, 'all/tennis_court/a/z.PNG'), label: 'tennis court' },
      { imageFile: join(folder, 'all/tennis_court/b.jpg'), label: 'tennis court' },
    ]);
  });

  test.each<[string, string[], string, RegExp]>([
    ['is not there', [], 'none', /^--images: expected a readable folder, got .*none \(ENOENT\)$/],
    ['is a file', ['file.jpg'], 'file.jpg', /^--images: expected a readable folder, got .*file\.jpg \(ENOTDIR\)$/],
    ['has no classes', ['flat/a.jpg'], 'flat', /^--images .*flat: expected a subfolder for each class, got none$/],
    [
      'has a class without pictures',
      ['part/cat/a.jpg', 'part/dog/notes.txt'],
      'part',
      /^class folder .*dog: expected at least one picture, got none$/,
    ],
  ])('that %s is refused', async (_, names, path, message) => {
    await files(...names);
    await expect(readImageFolder(join(folder, path))).rejects.toThrow(message);
  });
});
