import { expect, test } from 'vitest';
import { readKarpathy } from '../../../training/data/karpathy.js';
import { annotated, shorten } from '../../fixtures/data-folder.js';

const sentence = (raw: string, sentid: number) => ({ tokens: raw.toLowerCase().split(/\W+/), raw, imgid: 0, sentid });

async function read(content: object, split: string, pictures: string[] = []) {
  const files = { ...(await annotated('dataset.json', content, pictures)), split };
  return shorten(await readKarpathy(files), files);
}

test('dataset_flickr30k.json as it is published', async () => {
  const image = (filename: string, split: string, ...raw: string[]) => ({
    sentids: raw.map((_, i) => i),
    imgid: 0,
    sentences: raw.map(sentence),
    split,
    filename,
  });
  const content = {
    images: [
      image('1000092795.jpg', 'train', 'Two young guys.', 'Two men.'),
      image('1007129816.jpg', 'test', 'A man.'),
    ],
    dataset: 'flickr30k',
  };
  expect(await read(content, 'train')).toEqual([['1000092795.jpg', ['Two young guys.', 'Two men.']]]);
  expect(await read(content, 'test')).toEqual([['1007129816.jpg', ['A man.']]]);
});

test('dataset_coco.json as it is published: folders, and restval among train', async () => {
  const image = (filename: string, split: string, cocoid: number) => ({
    filepath: filename.slice(5, -17),
    sentids: [0],
    filename,
    imgid: 0,
    split,
    sentences: [sentence('A dog.', 0)],
    cocoid,
  });
  const names = ['COCO_val2014_000000000042.jpg', 'COCO_train2014_000000000009.jpg', 'COCO_val2014_000000000074.jpg'];
  const content = {
    images: [image(names[0]!, 'test', 42), image(names[1]!, 'train', 9), image(names[2]!, 'restval', 74)],
    dataset: 'coco',
  };
  expect(await read(content, 'restval')).toEqual([[names[2], ['A dog.']]]);
  const nested = [`train2014/${names[1]}`, `val2014/${names[2]}`];
  expect((await read(content, 'train', nested)).map(([path]) => path)).toEqual(nested);
  expect((await read(content, 'train', [names[1]!, names[2]!])).map(([path]) => path)).toEqual([names[1], names[2]]);
});
