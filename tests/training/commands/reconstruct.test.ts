import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { exportBundle } from '../../../training/commands/export.js';
import { type ReconstructCommandOptions, reconstruct } from '../../../training/commands/reconstruct.js';
import { maskvlm } from '../../fixtures/command-line.js';
import { tinyBundle } from '../../fixtures/tiny-bundle.js';
import { hear, temporaryFolder, tinyRecipe, tinyScenes, train } from '../../fixtures/tiny-training.js';

const TEXT = 'a small red ball behind a large blue cube';
let folder = '';
let bundle = '';
let image = '';
beforeAll(async () => {
  folder = await temporaryFolder();
  bundle = join(folder, 'tiny');
  const run = join(folder, 'run');
  const changes = { 'schedule.steps': 2, 'evaluate.every': 4, 'masking.image.ratio': 0.5 };
  expect(await train(await tinyRecipe(folder, changes), run)).toMatchObject({ status: 0 });
  await hear(() => exportBundle({ run, precision: 'fp32', out: bundle }));
  const pictures = join(await tinyScenes(), 'images');
  image = join(pictures, (await readdir(pictures))[0]!);
});

const restore = (changes: Partial<ReconstructCommandOptions> = {}) =>
  hear(() => reconstruct({ bundle, image, text: TEXT, seed: 1, threads: 1, out: join(folder, 'out'), ...changes }));

describe('reconstruct', () => {
  test('writes pictures, JSON and a page that loads and runs nothing, and prints where the page is', async () => {
    const args = ['reconstruct', '--bundle', bundle, '--image', image, '--text', TEXT, '--threads', '1'];
    const { status, stdout, stderr } = await maskvlm([...args, '--out', 'shown'], { cwd: folder });
    expect([status, stdout, stderr]).toEqual([0, 'shown/reconstruction.html\n', '']);
    const files = await readdir(join(folder, 'shown'));
    const [page, ...others] = [
      'reconstruction.html',
      'masked.png',
      'original.png',
      'pictures.png',
      'reconstruction.json',
    ];
    expect(files.sort()).toEqual([page, ...others, 'restored.png'].sort());
    const sizes = await Promise.all(
      ['original', 'masked', 'restored', 'pictures'].map(async (name) => {
        const { width, height } = await sharp(join(folder, 'shown', `${name}.png`)).metadata();
        return [width, height];
      }),
    );
    expect(sizes).toEqual([
      [32, 32],
      [32, 32],
      [32, 32],
      [100, 32],
    ]);
    const html = (await readFile(join(folder, 'shown', page!), 'utf8')).replace(/src="data:[^"]*"/g, '');
    expect(html).toContain(TEXT);
    expect(/<script|https?:|src="|NaN|undefined/.exec(html)?.[0]).toBeUndefined();
  });

  test('says what was masked and what was guessed', async () => {
    expect((await restore({ textMaskRatio: 1 })).error).toBeUndefined();
    const found = JSON.parse(await readFile(join(folder, 'out/reconstruction.json'), 'utf8'));
    expect(found).toMatchObject({
      text: TEXT,
      truncated: true,
      textMask: found.tokens.map((_: unknown, i: number) => i),
    });
    // Half of the four units of the recipe, each of two by two patches.
    expect(found.imageMask).toHaveLength(8);
    for (const { masked, withPicture, withMaskedPicture } of found.tokens)
      expect([masked, withPicture.length, withMaskedPicture.length]).toEqual([true, 5, 5]);
    expect(found.restored).toEqual({ withPicture: expect.any(String), withMaskedPicture: expect.any(String) });
  });

  test('is the same for the same seed', async () => {
    const written = async (seed: number) => {
      await restore({ seed });
      return Promise.all(
        ['restored.png', 'reconstruction.json'].map((file) => readFile(join(folder, 'out', file), 'hex')),
      );
    };
    const first = await written(1);
    expect(await written(2)).not.toEqual(first);
    expect(await written(1)).toEqual(first);
  });

  test('with nothing of the picture masked gives it back', async () => {
    await restore({ imageMaskRatio: 0 });
    const [original, restored] = await Promise.all(
      ['original', 'restored'].map((name) => readFile(join(folder, 'out', `${name}.png`), 'hex')),
    );
    expect(restored).toBe(original);
  });
});

describe('is refused', () => {
  test.each<[string, () => Promise<Partial<ReconstructCommandOptions>>, RegExp]>([
    [
      'with a bundle that cannot restore',
      async () => ({ bundle: await tinyBundle() }),
      /^bundle tiny: expected the task reconstruct, got only retrieval$/,
    ],
    ['without a word', async () => ({ text: ' ' }), /^--text: expected at least one word, got " "$/],
    [
      'without a picture',
      async () => ({ image: 'none.png' }),
      /^--image: expected a readable file, got none\.png \(ENOENT\)$/,
    ],
    [
      'with a picture that is none',
      async () => {
        await writeFile(join(folder, 'text.png'), 'text');
        return { image: join(folder, 'text.png') };
      },
      /^picture: expected JPEG, PNG/,
    ],
  ])('%s', async (_, changes, message) => {
    expect((await restore(await changes())).error?.message).toMatch(message);
  });

  test.each([
    ['--image-mask-ratio', '1.5'],
    ['--text-mask-ratio', 'half'],
    ['--text-mask-ratio', ''],
  ])('%s %s as wrong usage', async (flag, value) => {
    const args = ['reconstruct', '--bundle', 'b', '--image', 'i', '--text', 't', '--out', 'o', `${flag}=${value}`];
    const { status, stderr } = await maskvlm(args);
    expect([status, stderr]).toEqual([2, expect.stringContaining(`expected a number from 0 to 1, got ${value}`)]);
  });
});
