import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { FormatName } from '../../../training/data/formats.js';
import { hashData } from '../../../training/data/hash-data.js';
import { pairRecord } from '../../../training/data/records.js';
import { dataFolder } from '../../fixtures/data-folder.js';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const hash = (format: FormatName, annotations: string, records = [pairRecord({ file: '/a.png' }, ['a'])]) =>
  hashData('pairs', { format, annotations, images: '/images', split: 'train' }, records);

test('a data set is told by its annotations, whatever was read of them', async () => {
  const folder = await dataFolder({ 'a.json': 'A', 'b.json': 'B' });
  expect(await hash('coco', join(folder, 'a.json'))).toBe(sha256('A'));
  expect(await hash('albef', join(folder, '{a,b}.json'))).toBe(sha256(`${sha256('A')}\n${sha256('B')}\n`));
});

test('Flickr30k Entities by its list and sentences', async () => {
  const folder = await dataFolder({ 'train.txt': '1', 'Sentences/1.txt': 'a' });
  expect(await hash('flickr30k', folder)).toBe(sha256(`${sha256('1')}\n${sha256('a')}\n`));
});

test('shards by what they hold, wherever they lie', async () => {
  const record = (folder: string, length: number, text: string) =>
    pairRecord({ file: `${folder}/0.tar`, member: { name: '0.jpg', offset: 512, length } }, [text]);
  const want = await hash('webdataset', '/a/0.tar', [record('/a', 9, 'a')]);
  expect(await hash('webdataset', '/b/0.tar', [record('/b', 9, 'a')])).toBe(want);
  expect(await hash('webdataset', '/a/0.tar', [record('/a', 8, 'a')])).not.toBe(want);
  expect(await hash('webdataset', '/a/0.tar', [record('/a', 9, 'b')])).not.toBe(want);
});

test('a folder by its pictures and their texts, wherever it lies', async () => {
  const records = (path: string) => [pairRecord({ file: path }, ['a'])];
  const of = (images: string, path: string) =>
    hashData('pairs', { format: 'imagefolder', images, split: 'train' }, records(join(images, path)));
  expect(await of('/a', 'x/0.jpg')).toBe(await of('/b/c', 'x/0.jpg'));
  expect(await of('/a', 'x/0.jpg')).not.toBe(await of('/a', 'y/0.jpg'));
});

test('questions by both of their files', async () => {
  const folder = await dataFolder({ 'q.json': 'Q', 'a.json': 'A' });
  const [questions, annotations] = ['q.json', 'a.json'].map((name) => join(folder, name));
  const of = (given: object) => hashData('questions', { format: 'vqa2', images: '/', split: 'val', ...given }, []);
  expect(await of({ questions, annotations })).toBe(sha256(`${sha256('A')}\n${sha256('Q')}\n`));
  expect(await of({ questions })).toBe(sha256('Q'));
});

test('classes by the names of their pictures and of their own', async () => {
  const of = (label: string) =>
    hashData('classes', { format: 'imagefolder', images: '/a', split: 'val' }, [
      { image: { file: '/a/x/0.jpg' }, label },
    ]);
  expect(await of('x')).not.toBe(await of('y'));
});
