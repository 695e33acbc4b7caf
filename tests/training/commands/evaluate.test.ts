import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { maskvlm } from '../../fixtures/command-line.js';
import { dataFolder } from '../../fixtures/data-folder.js';
import { tar } from '../../fixtures/tar.js';
import { tinyBundle } from '../../fixtures/tiny-bundle.js';
import { temporaryFolder, tinyScenes } from '../../fixtures/tiny-training.js';

const recalls = { r1: expect.any(Number), r5: expect.any(Number), r10: expect.any(Number) };
const directions = { textToImage: recalls, imageToText: recalls, meanRecall: expect.any(Number) };

test('evaluate prints one JSON object on standard output, and how far it has come on standard error', async () => {
  const [bundle, data, folder] = [await tinyBundle(), await tinyScenes(), await temporaryFolder()];
  const out = join(folder, 'result.json');
  const flags = [
    '--format',
    'karpathy',
    '--annotations',
    join(data, 'captions.json'),
    '--images',
    join(data, 'images'),
  ];
  const args = [
    'evaluate',
    '--task',
    'retrieval',
    '--bundle',
    bundle,
    ...flags,
    '--split',
    'val',
    '--threads',
    '1',
    '--out',
    out,
  ];
  const { status, stdout, stderr } = await maskvlm(args);
  expect(status, stderr).toBe(0);
  expect(stderr).toMatch(/^pictures 8\/8\ntexts (\d+)\/\1\npairs /);
  const result = JSON.parse(stdout);
  expect(stdout).toBe(`${JSON.stringify(result)}\n`);
  expect(result).toMatchObject({ task: 'retrieval', images: 8, texts: 40, ...directions, itcOnly: directions });
  expect(result.distinctTexts).toMatchObject({ ...directions, itcOnly: directions });
  const six = [...Object.values<number>(result.textToImage), ...Object.values<number>(result.imageToText)];
  expect(result.meanRecall).toBeCloseTo(six.reduce((sum, r) => sum + r, 0) / 6, 9);
  expect(six.every((r) => r >= 0 && r <= 100)).toBe(true);
  expect(await readFile(out, 'utf8')).toBe(stdout);
});

test('evaluate measures the same pictures and texts alike, whatever their format', async () => {
  const [bundle, data] = [await tinyBundle(), await tinyScenes()];
  const captions = JSON.parse(await readFile(join(data, 'captions.json'), 'utf8')) as {
    images: { filename: string; split: string; sentences: { raw: string }[] }[];
  };
  const val = captions.images
    .filter(({ split }) => split === 'val')
    .map(({ filename, sentences }) => ({ image: filename, caption: sentences.map(({ raw }) => raw) }));
  const members = await Promise.all(
    val.map(
      async ({ image, caption }, i): Promise<[string, string | Uint8Array][]> => [
        [`${i}.json`, JSON.stringify({ caption })],
        [`${i}.png`, await readFile(join(data, 'images', image))],
      ],
    ),
  );
  const folder = await dataFolder({ 'albef.json': val, 'shard-0.tar': tar(members.flat()) });
  const measure = async (...flags: string[]) => {
    const args = ['evaluate', '--task', 'retrieval', '--bundle', bundle, '--threads', '1', ...flags];
    const { status, stdout, stderr } = await maskvlm(args);
    expect(status, stderr).toBe(0);
    return stdout;
  };
  const images = ['--images', join(data, 'images')];
  const want = await measure(
    '--format',
    'karpathy',
    '--annotations',
    join(data, 'captions.json'),
    ...images,
    '--split',
    'val',
  );
  expect(await measure('--format', 'albef', '--annotations', join(folder, 'albef.json'), ...images)).toBe(want);
  expect(await measure('--format', 'webdataset', '--annotations', join(folder, 'shard-{0..0}.tar'))).toBe(want);
});
