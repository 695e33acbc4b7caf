import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  writeEntailmentSubmission,
  writeNlvr2Submission,
  writeVqaSubmission,
} from '../../../training/evaluation/submission.js';

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'submission-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

test('VQA v2: a JSON list of question ids and answers, in a folder that is made', async () => {
  const file = join(dir, 'new', 'vqa.json');
  await writeVqaSubmission(file, new Map([[262148000, 'no'] as const, [262148001, 'a "blue" one'] as const]));
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual([
    { question_id: 262148000, answer: 'no' },
    { question_id: 262148001, answer: 'a "blue" one' },
  ]);
});

test('VQA v2: no predictions are an empty list', async () => {
  const file = join(dir, 'none.json');
  await writeVqaSubmission(file, new Map());
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual([]);
});

test('NLVR2: lines of identifier and truth value', async () => {
  const file = join(dir, 'nlvr2.csv');
  await writeNlvr2Submission(file, new Map([['test1-0-0-0', true] as const, ['test1-0-1-0', false] as const]));
  expect(await readFile(file, 'utf8')).toBe('test1-0-0-0,True\ntest1-0-1-0,False\n');
});

test.each(['', 'a,b', 'a\nb'])(
  'NLVR2: the identifier %j would break the file, and nothing is written',
  async (identifier) => {
    const before = await readdir(dir);
    await expect(writeNlvr2Submission(join(dir, 'bad.csv'), new Map([[identifier, true]]))).rejects.toThrow(
      'identifier in the NLVR2 file: expected no comma and no blank',
    );
    expect(await readdir(dir)).toEqual(before);
  },
);

test('SNLI-VE: JSON lines of pair ids and classes', async () => {
  const file = join(dir, 've.jsonl');
  await writeEntailmentSubmission(
    file,
    new Map([['1.jpg#2r1c', 'contradiction'] as const, ['1.jpg#2r1e', 'neutral'] as const]),
  );
  expect(await readFile(file, 'utf8')).toBe(
    '{"pairID":"1.jpg#2r1c","label":"contradiction"}\n{"pairID":"1.jpg#2r1e","label":"neutral"}\n',
  );
});
