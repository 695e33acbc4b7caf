import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readAlbef } from '../../../training/data/albef.js';
import { annotated, dataFolder, shorten } from '../../fixtures/data-folder.js';

async function read(content: object | string, pictures: string[] = []) {
  const files = await annotated('coco_train.json', content, pictures);
  return shorten(await readAlbef(files), files);
}

describe('ALBEF lists', () => {
  test('give captions, one by one or in lists, to their pictures', async () => {
    const content = [
      { caption: 'A woman.', image: 'val2014/COCO_val2014_000000522418.jpg', image_id: 'coco_522418' },
      { caption: ['A dog.', 'A puppy.'], image: 'b.jpg' },
      { caption: 'A woman cutting.', image: 'val2014/COCO_val2014_000000522418.jpg', image_id: 'coco_522418' },
    ];
    expect(await read(content)).toEqual([
      ['val2014/COCO_val2014_000000522418.jpg', ['A woman.', 'A woman cutting.']],
      ['b.jpg', ['A dog.', 'A puppy.']],
    ]);
  });

  test("with paths of another machine are looked up by the pictures' names", async () => {
    const image = '/export/share/datasets/vision/visual-genome/image/2405722.jpg';
    expect(await read([{ image, caption: 'a' }], ['2405722.jpg'])).toEqual([['2405722.jpg', ['a']]]);
    expect(await read([{ image, caption: 'a' }])).toEqual([[image, ['a']]]);
  });

  test('may name pictures by filename', async () => {
    expect(await read([{ filename: 'a.jpg', caption: 'a' }])).toEqual([['a.jpg', ['a']]]);
  });

  test('are read one behind the other where there are several', async () => {
    const row = (image: string, caption: string) => ({ image, caption });
    const folder = await dataFolder({
      'vg.json': [row('a.jpg', '1'), row('b.jpg', '2')],
      'sbu.json': [row('c.jpg', '3'), row('a.jpg', '4')],
    });
    const files = { annotations: join(folder, '{vg,sbu}.json'), images: folder, split: 'train' };
    expect(shorten(await readAlbef(files), files)).toEqual([
      ['a.jpg', ['1', '4']],
      ['b.jpg', ['2']],
      ['c.jpg', ['3']],
    ]);
  });
});

test.each([
  ['broken JSON', '[{"image": "a", "caption": "a"}', 'expected a JSON list, got the end of the file in line 1'],
  [
    'no caption',
    [{ image: 'a' }],
    "expected ALBEF's form [{image, caption}], got caption: expected a text or a list of texts",
  ],
  [
    'no picture',
    [{ image: 'a', caption: 'a' }, { caption: 'a' }],
    'coco_train.json: expected a file name under image or filename, got none',
  ],
])('%s is refused', async (_name, content, message) => {
  await expect(read(content)).rejects.toThrow(message);
});
