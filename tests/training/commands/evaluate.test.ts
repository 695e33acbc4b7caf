import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { maskvlm } from '../../fixtures/command-line.js';
import { tinyBundle } from '../../fixtures/tiny-bundle.js';
import { temporaryFolder, tinyScenes } from '../../fixtures/tiny-training.js';

const recalls = { r1: expect.any(Number), r5: expect.any(Number), r10: expect.any(Number) };
const directions = { textToImage: recalls, imageToText: recalls, meanRecall: expect.any(Number) };

test('evaluate prints one JSON object on standard output and nothing else', async () => {
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
  expect([status, stderr]).toEqual([0, '']);
  const result = JSON.parse(stdout);
  expect(stdout).toBe(`${JSON.stringify(result)}\n`);
  expect(result).toMatchObject({ task: 'retrieval', images: 8, texts: 40, ...directions, itcOnly: directions });
  expect(result.distinctTexts).toMatchObject({ ...directions, itcOnly: directions });
  const six = [...Object.values<number>(result.textToImage), ...Object.values<number>(result.imageToText)];
  expect(result.meanRecall).toBeCloseTo(six.reduce((sum, r) => sum + r, 0) / 6, 9);
  expect(six.every((r) => r >= 0 && r <= 100)).toBe(true);
  expect(await readFile(out, 'utf8')).toBe(stdout);
});
