import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type EvaluateCommandOptions, evaluate } from '../../../training/commands/evaluate.js';
import { maskvlm } from '../../fixtures/command-line.js';
import { tinyBundle } from '../../fixtures/tiny-bundle.js';
import { hear, temporaryFolder, tinyScenes } from '../../fixtures/tiny-training.js';

let folder = '';
let bundle = '';
/** Seven classes of one picture each, and an eighth of two. */
beforeAll(async () => {
  folder = await temporaryFolder();
  bundle = await tinyBundle();
  const scenes = join(await tinyScenes(), 'images');
  const pictures = (await readdir(scenes)).sort().slice(0, 9);
  for (const [i, name] of pictures.entries()) {
    const into = join(folder, 'classes', `kind_${Math.min(i, 7)}`);
    await mkdir(into, { recursive: true });
    await cp(join(scenes, name), join(into, name));
  }
});

const classify = (changes: Partial<EvaluateCommandOptions> = {}) =>
  hear(() =>
    evaluate({
      task: 'classify',
      bundle,
      format: 'imagefolder',
      images: join(folder, 'classes'),
      split: 'test',
      kTest: 128,
      score: 'itc',
      decode: 'greedy',
      threads: 1,
      ...changes,
    }),
  );

test('evaluate --task classify prints one JSON object on standard output and nothing else', async () => {
  const out = join(folder, 'result.json');
  const images = ['--format', 'imagefolder', '--images', join(folder, 'classes')];
  const args = ['evaluate', '--task', 'classify', '--bundle', bundle, ...images, '--threads', '1', '--out', out];
  const { status, stdout, stderr } = await maskvlm(args);
  expect(status, stderr).toBe(0);
  const result = JSON.parse(stdout);
  expect(stdout).toBe(`${JSON.stringify(result)}\n`);
  const rates = { top1: expect.any(Number), top5: expect.any(Number) };
  expect(result).toEqual({ task: 'classify', images: 9, classes: 8, ...rates, method: 'itm' });
  expect(await readFile(out, 'utf8')).toBe(stdout);
});

describe('classification', () => {
  test('takes templates from a file', async () => {
    const templates = join(folder, 'templates.txt');
    await writeFile(templates, 'a {label}\n\n  the {} of a scene\r\n');
    const { printed, error } = await classify({ templates });
    expect(error).toBeUndefined();
    expect(JSON.parse(printed)).toMatchObject({ images: 9, classes: 8, method: 'itc' });
  });

  test('of a part takes the classes in turn, among all of them', async () => {
    expect(JSON.parse((await classify({ limit: 8 })).printed)).toMatchObject({ images: 8, classes: 8 });
  });

  test.each<[string, () => Promise<Partial<EvaluateCommandOptions>>, RegExp]>([
    [
      'another format',
      async () => ({ format: 'karpathy' }),
      /^data format: expected one of imagefolder \(which give classes\), got karpathy$/,
    ],
    [
      'a score of both',
      async () => ({ score: 'itm+itc' }),
      /^--score: expected itc or itm for the task classify, got itm\+itc$/,
    ],
    [
      'templates that are not there',
      async () => ({ templates: 'none.txt' }),
      /^--templates: expected a readable file, got none\.txt \(ENOENT\)$/,
    ],
    [
      'a template without a place',
      async () => {
        await writeFile(join(folder, 'bad.txt'), 'a {}\na photo\n');
        return { templates: join(folder, 'bad.txt') };
      },
      /^template of .*bad\.txt: expected a text with \{\} or \{label\} where the label goes, got "a photo"$/,
    ],
    [
      'an empty file of templates',
      async () => {
        await writeFile(join(folder, 'empty.txt'), '\n\n');
        return { templates: join(folder, 'empty.txt') };
      },
      /^templates of .*empty\.txt: expected at least one, got none$/,
    ],
  ])('refuses %s', async (_, changes, message) => {
    expect((await classify(await changes())).error?.message).toMatch(message);
  });
});

test('retrieval refuses a folder without texts, and a missing annotation file is wrong usage', async () => {
  const { error } = await classify({ task: 'retrieval' });
  expect(error?.message).toContain('got 9 of 9:');
  expect(error?.message).toContain('(no text)');
  const args = ['evaluate', '--task', 'retrieval', '--bundle', bundle, '--format', 'karpathy', '--images', folder];
  const { status, stderr } = await maskvlm(args);
  expect([status, stderr]).toEqual([
    2,
    expect.stringContaining('--annotations: expected a path (the format karpathy needs it), got nothing'),
  ]);
});
