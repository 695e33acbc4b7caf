import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { readTsv } from '../../../training/data/tsv.js';
import { annotated, dataFolder, shorten } from '../../fixtures/data-folder.js';

async function read(content: string, pictures: string[] = []) {
  const files = await annotated('Train_GCC-training.tsv', content, pictures);
  return shorten(await readTsv(files), files);
}

describe('columns', () => {
  test.each<[string, string]>([
    ['file and caption', 'a.jpg\tA dog, "here"\nb.PNG\tA cat'],
    ['caption and file', 'A dog, "here"\ta.jpg\r\nA cat\tb.PNG\r\n'],
    ['by a header', 'id\ttitle\tfilepath\n1\tA dog, "here"\ta.jpg\n2\tA cat\tb.PNG\n'],
    [
      'by a header where files beat URLs',
      'url\timage\tcaption\nhttp://x/1\ta.jpg\tA dog, "here"\nhttp://x/2\tb.PNG\tA cat\n',
    ],
    ['with bars', 'image_name| comment_number| comment\na.jpg| 0| A dog, "here"\nb.PNG| 1| A cat\n'],
    ['with commas', 'image,caption\na.jpg,"A dog, ""here"""\nb.PNG,A cat\n'],
    ['with blank lines and a byte order mark', '\uFEFFimage\tcaption\n\na.jpg\tA dog, "here"\n\nb.PNG\tA cat\n\n'],
  ])('%s', async (_name, content) => {
    expect(await read(content)).toEqual([
      ['a.jpg', ['A dog, "here"']],
      ['b.PNG', ['A cat']],
    ]);
  });

  test('rows of one picture are its texts, as in results_20130124.token', async () => {
    const content = '1000092795.jpg#0\tTwo young guys .\n1000092795.jpg#1\tTwo men .\n10002456.jpg#0\tSeveral men .\n';
    expect(await read(content)).toEqual([
      ['1000092795.jpg', ['Two young guys .', 'Two men .']],
      ['10002456.jpg', ['Several men .']],
    ]);
  });

  test('several tables are read one behind the other', async () => {
    const folder = await dataFolder({ '0.tsv': 'a.jpg\t1\n', '1.tsv': 'b.jpg\t2\na.jpg\t3\n' });
    const files = { annotations: join(folder, '{0..1}.tsv'), images: folder, split: 'train' };
    expect(shorten(await readTsv(files), files)).toEqual([
      ['a.jpg', ['1', '3']],
      ['b.jpg', ['2']],
    ]);
  });

  test.each([
    ['a line with fewer', 'a.jpg\ta\nb.jpg\n', /^line 2 of .*tsv: expected 2 columns, as in the first line, got 1$/],
    [
      'a line with more',
      'a.jpg\ta\nb.jpg\tb\tc\n',
      /^line 2 of .*tsv: expected 2 columns, as in the first line, got 3$/,
    ],
    [
      'no picture',
      'a dog\ta cat\n',
      /^line 1 of .*tsv: expected a caption and a picture's file or URL, or a header with one of/,
    ],
    ['no caption', 'a.jpg\n', /^line 1 of .*tsv: expected a caption and/],
    ['an open quote', 'image,caption\na.jpg,"A dog\n', /^line 2 of .*tsv: expected cells of CSV, with closed quotes/],
  ])('%s is refused', async (_name, content, message) => {
    await expect(read(content)).rejects.toThrow(message);
  });
});

describe('the picture at a URL', () => {
  const url = 'http://farm5.static.flickr.com/4021/4385058960_b0f291553e.jpg?v=1';
  test.each<[string, string]>([
    ['is named by its last part (SBU)', '4385058960_b0f291553e.jpg'],
    ['by its row and CRC-32', `1_${crc32(url)}`],
    ['or by its CRC-32 alone (Conceptual Captions)', `${crc32(url)}`],
  ])('%s', async (_name, file) => {
    const content = `a very typical bus station\thttp://x.org/\na dog\t${url}\n`;
    expect(await read(content, [file])).toEqual([
      ['http://x.org/', ['a very typical bus station']],
      [file, ['a dog']],
    ]);
  });

  test('keeps its URL where it is missing', async () => {
    expect(await read('a\thttps://x.org/a.jpg\nb\thttps://y.org/a.jpg\n')).toEqual([
      ['https://x.org/a.jpg', ['a']],
      ['https://y.org/a.jpg', ['b']],
    ]);
  });

  test('may not lie in the file of another one', async () => {
    await expect(read('a\thttps://x.org/a.jpg\nb\thttps://y.org/a.jpg\n', ['a.jpg'])).rejects.toThrow(
      /^line 2 of .*: expected a URL whose picture has a file of its own, got .*a\.jpg, as https:\/\/x\.org\/a\.jpg has$/,
    );
  });
});
