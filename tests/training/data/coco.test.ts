import { describe, expect, test } from 'vitest';
import { readCoco } from '../../../training/data/coco.js';
import { annotated, shorten } from '../../fixtures/data-folder.js';

const caption = (image_id: number | string, text: string, id = 1) => ({ image_id, id, caption: text });

async function read(name: string, content: object | string, pictures: string[] = []) {
  const files = await annotated(name, content, pictures);
  return shorten(await readCoco(files), files);
}

describe('captions_*.json', () => {
  const official = {
    info: { year: 2014 },
    images: [
      { license: 5, file_name: 'COCO_val2014_000000000042.jpg', height: 480, width: 640, id: 42 },
      { license: 3, file_name: 'COCO_val2014_000000000073.jpg', height: 480, width: 640, id: 73 },
    ],
    annotations: [caption(73, 'A motorcycle.'), caption(42, 'A dog.'), caption(73, 'A motorcycle parked.')],
  };

  test('gives the pictures in order, each with its captions', async () => {
    expect(await read('captions_val2014.json', official)).toEqual([
      ['COCO_val2014_000000000042.jpg', ['A dog.']],
      ['COCO_val2014_000000000073.jpg', ['A motorcycle.', 'A motorcycle parked.']],
    ]);
  });

  test('finds pictures in the folder of their subset', async () => {
    const name = 'val2014/COCO_val2014_000000000073.jpg';
    expect((await read('anything.json', official, [name]))[1]![0]).toBe(name);
  });

  test.each<[string, string, string[], string]>([
    [
      'by the rule of 2014',
      'captions_train2014.json',
      ['COCO_train2014_000000000009.jpg'],
      'COCO_train2014_000000000009.jpg',
    ],
    [
      'in its folder',
      'captions_train2014.json',
      ['train2014/COCO_train2014_000000000009.jpg'],
      'train2014/COCO_train2014_000000000009.jpg',
    ],
    ['by the rule of 2017', 'captions_val2017.json', ['val2017/000000000009.jpg'], 'val2017/000000000009.jpg'],
    ['by digits alone', 'mine.json', ['000000000009.jpg'], '000000000009.jpg'],
  ])('names pictures by their ids where nothing else does: %s', async (_, name, pictures, want) => {
    expect(await read(name, { annotations: [caption(9, 'a')] }, pictures)).toEqual([[want, ['a']]]);
  });

  test('takes filename or image beside or instead of the rule', async () => {
    const content = {
      images: [
        { id: 1, filename: 'one.png', file_name: 'COCO_val2014_000000000001.jpg' },
        { id: 2, image: 'sub/two.png' },
      ],
      annotations: [caption('1', 'a'), caption(2, 'b'), { ...caption(3, 'c'), image: 'three.png' }],
    };
    expect(await read('x.json', content)).toEqual([
      ['one.png', ['a']],
      ['sub/two.png', ['b']],
      ['three.png', ['c']],
    ]);
    // A name that leads nowhere gives way to one that does.
    expect((await read('x.json', content, ['COCO_val2014_000000000001.jpg']))[0]![0]).toBe(
      'COCO_val2014_000000000001.jpg',
    );
  });

  test('keeps pictures without captions, for readData to count', async () => {
    expect(await read('x.json', { images: [{ id: 1, file_name: 'a.jpg' }], annotations: [] })).toEqual([['a.jpg', []]]);
  });
});

test.each([
  ['broken JSON', '{"annotations": [\n{"image_id": 1,,', 'expected JSON, got "," at line 2, column 16'],
  [
    'another form',
    { images: [] },
    'expected the COCO form {images: [{id, file_name}], annotations: [{image_id, caption}]}, got annotations',
  ],
  ['a caption that is missing', { annotations: [caption(1, 'a'), { image_id: 1 }] }, 'got annotations.1.caption'],
])('%s is refused', async (_name, content, message) => {
  await expect(read('x.json', content)).rejects.toThrow(message);
});
