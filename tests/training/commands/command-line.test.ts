import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, realpath, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { formatsOf } from '../../../training/data/formats.js';
import { COMMAND_LINE, maskvlm } from '../../fixtures/command-line.js';
import { temporaryFolder, tinyScenes } from '../../fixtures/tiny-training.js';

let folder = '';
beforeAll(async () => {
  folder = await realpath(await temporaryFolder());
});

test('--help lists every command and exits with 0', async () => {
  const { status, stdout } = await maskvlm(['--help']);
  expect(status).toBe(0);
  for (const name of [
    'data',
    'tokenizer',
    'pretrain',
    'step',
    'evaluate',
    'export',
    'reconstruct',
    'index',
    'report',
    'serve',
    'bench',
  ])
    expect(stdout).toMatch(new RegExp(`^  ${name}\\b`, 'm'));
});

test('evaluate --help says what each format holds', async () => {
  const { status, stdout } = await maskvlm(['evaluate', '--help']);
  expect(status).toBe(0);
  for (const { name } of formatsOf('pairs')) expect(stdout).toMatch(new RegExp(`^  ${name} +\\S`, 'm'));
});

const EVALUATE = ['evaluate', '--task', 'retrieval', '--bundle', 'b'];
describe('wrong usage exits with 2', () => {
  test.each<[string, string[], string]>([
    ['no command', [], 'Usage: maskvlm'],
    ['an unknown command', ['pertrain'], "unknown command 'pertrain'\n(Did you mean pretrain?)"],
    ['an unknown option', ['export', '--run', 'r', '--out', 'o', '--fast'], "unknown option '--fast'"],
    ['a missing option', ['pretrain', '--recipe', 'r.yaml'], "required option '--out <run>' not specified"],
    [
      'a value that is no number',
      ['data', 'scenes', '--out', 'd', '--train', 'many'],
      'expected a whole number of at least 0, got many',
    ],
    [
      'a number out of range',
      ['pretrain', '--recipe', 'r', '--out', 'o', '--threads', '0'],
      'expected a whole number of at least 1, got 0',
    ],
    [
      'a choice that is none',
      ['pretrain', '--recipe', 'r', '--out', 'o', '--device', 'tpu'],
      'Allowed choices are cpu, webgpu, cuda',
    ],
    [
      'an unknown format',
      [...EVALUATE, '--format', 'karpaty'],
      'expected one of karpathy, coco, flickr30k, vqa2, visual-genome, nlvr2, nlvr1, snli-ve, albef, tsv, webdataset, imagefolder, got "karpaty" (did you mean "karpathy"?)',
    ],
    [
      'a format of another task',
      [...EVALUATE, '--format', 'nlvr2', '--annotations', 'a.jsonl', '--images', 'i'],
      'error: --format: expected one of karpathy, coco, flickr30k, vqa2, visual-genome, nlvr1, snli-ve, albef, tsv, webdataset, imagefolder (which give pairs), got nlvr2',
    ],
    [
      'a file that the format needs',
      [...EVALUATE, '--format', 'tsv', '--annotations', 'a.tsv'],
      'error: --images: expected a path (the format tsv needs it), got nothing',
    ],
    [
      'a file that the format ignores',
      [...EVALUATE, '--format', 'webdataset', '--images', 'a.tar', '--questions', 'q.json'],
      'error: --questions: expected nothing (the format webdataset has no use for it), got q.json',
    ],
  ])('%s', async (_, args, message) => {
    const { status, stdout, stderr } = await maskvlm(args, { cwd: folder });
    expect(stderr).toContain(message);
    expect([status, stdout]).toEqual([2, '']);
  });
});

describe('a failure exits with 1 and one line of what was expected', () => {
  test.each<[string, string[], RegExp]>([
    [
      'a recipe that is not there',
      ['pretrain', '--recipe', 'none.yaml', '--out', 'o'],
      /^error: recipe: expected a readable file, got .*none\.yaml \(ENOENT\)\n$/,
    ],
    [
      'a run that is none',
      ['export', '--run', '.', '--out', 'o'],
      /^error: run folder: expected a folder with recipe\.yaml, got \.\n$/,
    ],
    [
      'a report of no run',
      ['report', '--run', 'none'],
      /^error: run folder: expected a folder with recipe\.yaml, got none\n$/,
    ],
    [
      'a corpus that is not there',
      ['tokenizer', 'train', '--corpus', 'none.txt', '--vocab-size', '300', '--out', 't.json'],
      /^error: .*none\.txt.*: expected .+, got ENOENT.*\n$/,
    ],
    [
      'a folder that is not there',
      ['tokenizer', 'train', '--corpus', 'a.txt', '--vocab-size', '300', '--out', 'none/t.json'],
      /^error: none.*: expected to open it, got ENOENT\n$/,
    ],
    [
      'a folder of other things',
      ['data', 'scenes', '--out', '.', '--train', '1'],
      /^error: .*: expected a new or empty folder.*, got a\.txt in it\n$/,
    ],
    [
      'a bundle that is none',
      [
        'evaluate',
        '--task',
        'retrieval',
        '--bundle',
        'none',
        '--format',
        'karpathy',
        '--annotations',
        'a',
        '--images',
        'b',
      ],
      /^error: bundle .*none: expected a readable manifest\.json, got ENOENT\n$/,
    ],
  ])('%s', async (_, args, line) => {
    await writeFile(join(folder, 'a.txt'), 'a red cube\n');
    const { status, stdout, stderr } = await maskvlm(args, { cwd: folder });
    expect(stderr).toMatch(line);
    expect([status, stdout]).toEqual([1, '']);
  });
});

describe('commands write where the caller stands', () => {
  test('data scenes', async () => {
    const args = ['data', 'scenes', '--out', 'made', '--train', '24', '--val', '8', '--test', '0', '--size', '32'];
    const { status, stdout } = await maskvlm(args, { cwd: folder });
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      pictures: { train: 24, val: 8, test: 0 },
      objects: 2,
      closeups: 6,
      captions: 160,
      questions: 256,
      statements: 128,
      hypotheses: 192,
    });
    const made = await readFile(join(folder, 'made/captions.json'), 'utf8');
    expect(made).toBe(await readFile(join(await tinyScenes(), 'captions.json'), 'utf8'));
  });

  test('tokenizer train', async () => {
    await cp(join(await tinyScenes(), 'captions.json'), join(folder, 'captions.json'));
    const args = ['tokenizer', 'train', '--corpus', 'captions.json', '--vocab-size', '280', '--out', 'tokenizer.json'];
    const { status, stdout } = await maskvlm(args, { cwd: folder });
    expect([status, stdout]).toEqual([0, '{"vocabularySize":280}\n']);
    const tokenizer = JSON.parse(await readFile(join(folder, 'tokenizer.json'), 'utf8'));
    expect(Object.keys(tokenizer.model.vocab)).toHaveLength(280);
  });
});

test('npm run resolves relative paths against the folder that the user called from', async () => {
  const checkout = join(folder, 'checkout');
  await mkdir(join(checkout, 'dist'), { recursive: true });
  await mkdir(join(checkout, 'deeper'));
  await cp(join(dirname(dirname(COMMAND_LINE)), 'maskvlm.mjs'), join(checkout, 'maskvlm.mjs'));
  await writeFile(join(checkout, 'setup.mjs'), 'export const setUp = () => undefined;\n');
  await writeFile(join(checkout, 'dist/cli.js'), 'console.log(process.cwd());\n');
  await writeFile(
    join(checkout, 'package.json'),
    JSON.stringify({ type: 'module', scripts: { maskvlm: 'node maskvlm.mjs' } }),
  );
  // As in a terminal: without what the npm that runs these tests has set.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD)/.test(name)));
  const run = async (command: string, args: string[], cwd: string, more: NodeJS.ProcessEnv = {}) =>
    (await promisify(execFile)(command, args, { cwd, env: { ...env, ...more } })).stdout.trim();
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  expect(await run(npm, ['run', '-s', 'maskvlm'], join(checkout, 'deeper'))).toBe(join(checkout, 'deeper'));
  expect(await run(npm, ['run', '-s', '--prefix', checkout, 'maskvlm'], folder)).toBe(folder);
  expect(await run('node', [join(checkout, 'maskvlm.mjs')], folder)).toBe(folder);
  const fromScript = { INIT_CWD: checkout, npm_lifecycle_event: 'test' };
  expect(await run('node', [join(checkout, 'maskvlm.mjs')], folder, fromScript)).toBe(folder);
});
