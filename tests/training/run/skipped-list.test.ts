import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listSkipped } from '../../../training/run/skipped-list.js';
import { temporaryFolder } from '../../fixtures/tiny-training.js';

const source = (...names: string[]) => ({
  items: [],
  corpus: () => [],
  hash: async () => '',
  skipped: names.map((name) => ({ name, reason: 'got\na reason' })),
  weight: undefined,
});

test('pictures that a run does without are counted, named and written down', async () => {
  const run = await temporaryFolder();
  const few = [source('a'), source('b'), source('c')];
  expect(await listSkipped(run, few)).toEqual([
    'skipped 3 pictures: a (got a reason), b (got a reason), c (got a reason)',
  ]);
  const file = join(run, 'skipped.txt');
  expect(await readFile(file, 'utf8')).toBe('a\tgot a reason\nb\tgot a reason\nc\tgot a reason\n');
  const many = [source('a', 'b', 'c', 'd', 'e', 'f')];
  expect((await listSkipped(run, many))[0]).toMatch(
    /^skipped 6 pictures: a .*, e \(got a reason\), \.\.\.; all of them: .*skipped\.txt$/,
  );
});

test('nothing is said where none is', async () => {
  const run = await temporaryFolder();
  await listSkipped(run, [source('a')]);
  expect(await listSkipped(run, [source()])).toEqual([]);
  expect(await readdir(run)).toEqual([]);
});

test('examples that a format leaves out are counted', async () => {
  const sources = [{ ...source(), leftOut: [{ reason: 'no gold label', count: 12 }] }];
  expect(await listSkipped(await temporaryFolder(), sources)).toEqual(['left out 12 examples: no gold label']);
});
