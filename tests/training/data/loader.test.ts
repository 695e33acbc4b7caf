import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadTokenizer } from '../../../model/tokenizer/tokenizer.js';
import type { Batch } from '../../../training/data/batches/batch.js';
import { type Loader, type LoaderSettings, loaderSettings, openLoader } from '../../../training/data/loader.js';
import { OPERATOR_NAMES } from '../../../training/data/rand-augment/operators.js';
import type { SkippedPicture } from '../../../training/data/read-data.js';
import type { PairRecord } from '../../../training/data/records.js';
import { readWebDataset } from '../../../training/data/webdataset.js';
import { parseRecipe } from '../../../training/recipe/recipe.js';
import { createPairItems } from '../../../training/tasks/items.js';
import { trainTokenizerOn } from '../../../training/tokenizer/train-tokenizer.js';
import { tar } from '../../fixtures/tar.js';

const [B, S, P, L, N] = [4, 32, 8, 16, 16];
const COLOURS = ['red', 'green', 'blue', 'gold', 'pink', 'navy', 'teal', 'lime', 'plum', 'gray', 'cyan'];

let folder = '';
let tokenizerFile = '';
let records: PairRecord[];
let settings: LoaderSettings;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'loader-'));
  tokenizerFile = join(folder, 'tokenizer.json');
  records = await Promise.all(
    COLOURS.map(async (colour, index) => {
      const imageFile = join(folder, `${colour}.png`);
      // One picture is larger than twice S and so shrunk when it is loaded.
      const size = index === 0 ? 120 : 40;
      await sharp({
        create: {
          width: size,
          height: size,
          channels: 3,
          background: colour,
          noise: { type: 'gaussian', mean: 128, sigma: 50 },
        },
      })
        .png()
        .toFile(imageFile);
      return {
        image: { file: imageFile },
        imageKey: imageFile,
        texts: [`a ${colour} field`, `some ${colour} ground on the left`, 'a field'],
      };
    }),
  );
  await trainTokenizerOn(
    records.flatMap(({ texts }) => texts),
    { vocabSize: 300, out: tokenizerFile },
  );
  const recipe = parseRecipe({
    name: 'colours',
    model: 'tiny',
    tokenizer: { file: tokenizerFile },
    text: { maxLength: L },
    data: { train: [{ format: 'karpathy', annotations: 'a', images: 'b' }] },
    augment: { flip: 'dihedral', colour: 0.3, randAugment: { operators: 3, level: 7, names: OPERATOR_NAMES } },
    itc: { targets: 'caption' },
    schedule: { steps: 10, batchSize: B },
  });
  settings = loaderSettings(recipe, { size: S, patch: P }, 'pairs');
});
afterAll(() => rm(folder, { recursive: true }));

/** One data entry with these pictures. */
const sourceOf = (list: readonly PairRecord[]) => ({ items: createPairItems()(list), weight: undefined });

/** The numbers of an input of a batch. */
const numbers = ({ inputs }: Batch, name: string): number[] =>
  Array.from(inputs[name]!.data as ArrayLike<number>, Number);

async function load(
  changes: Partial<LoaderSettings>,
  count: number,
  startStep = 0,
  list: readonly PairRecord[] = records,
): Promise<Batch[]> {
  const loader = openLoader({
    sources: [sourceOf(list)],
    settings: { ...settings, ...changes },
    tokenizerFile,
    startStep,
  });
  try {
    const batches: Batch[] = [];
    while (batches.length < count) batches.push(await loader.next());
    return batches;
  } finally {
    await loader.close();
  }
}

describe('batches', () => {
  test('are the same for any number of workers, with and without a cache', async () => {
    const want = await load({ workers: 0 }, 8);
    expect(want.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    for (const changes of [
      { workers: 1 },
      { workers: 2, ahead: 1 },
      { workers: 3, ahead: 6 },
      { workers: 0, cacheMiB: 0 },
    ]) {
      expect(await load(changes, 8)).toEqual(want);
    }
    expect(await load({ workers: 0, seed: 2 }, 1)).not.toEqual(want.slice(0, 1));
  });

  test('are the same from the members of a shard as from files', async () => {
    const file = join(folder, 'shard.tar');
    const pngs = await Promise.all(records.map(({ image }) => readFile(image.file)));
    const texts = records.map(({ texts }) => JSON.stringify({ caption: texts }));
    await writeFile(
      file,
      tar(pngs.flatMap((png, i) => [[`${i}.json`, texts[i]!] as const, [`${i}.png`, png] as const])),
    );
    const members = await readWebDataset({ annotations: file, images: folder, split: 'train' });
    const loader = openLoader({
      sources: [sourceOf(members)],
      settings: { ...settings, workers: 1 },
      tokenizerFile,
    });
    const want = await load({ workers: 0 }, 6);
    for (const batch of want) expect(await loader.next()).toEqual(batch);
    await loader.close();
  });

  test('go on in the middle of an epoch', async () => {
    const want = await load({ workers: 0 }, 8);
    expect(await load({ workers: 1 }, 3, 5)).toEqual(want.slice(5));
  });

  test('have the same pairs with and without RandAugment, which changes their pictures', async () => {
    const augment = { ...settings.augment, randAugment: null };
    const without = await load({ workers: 0, augment }, 3);
    for (const [i, { inputs }] of (await load({ workers: 0 }, 3)).entries()) {
      const plain = without[i]!.inputs;
      expect(inputs.input_ids).toEqual(plain.input_ids);
      expect(inputs.pixel_values.data).not.toEqual(plain.pixel_values.data);
    }
  });

  test('have the promised shapes and values', async () => {
    const { pad, start, end } = loadTokenizer(tokenizerFile).special;
    for (const batch of await load({ workers: 0 }, 6)) {
      expect(batch.inputs.pixel_values.shape).toEqual([B, 3, S, S]);
      expect(numbers(batch, 'pixel_values').every((value) => value >= -1 && value <= 1)).toBe(true);
      expect(batch.inputs.input_ids!.shape).toEqual([B, L]);
      expect(batch.inputs.image_mask!.shape).toEqual([B, N]);
      const textMask = numbers(batch, 'text_mask');
      for (let row = 0; row < B; row++) {
        const sum = (name: string, size: number) =>
          numbers(batch, name)
            .slice(row * size, (row + 1) * size)
            .reduce((a, b) => a + b, 0);
        // 4 units of 2 x 2 patches, 60 % of them rounded up.
        expect(sum('image_mask', N)).toBe(12);
        expect(sum('text_mask', L)).toBeGreaterThan(0);
        expect(sum('itc_targets', B)).toBeCloseTo(1, 6);
        expect(numbers(batch, 'negative_allowed')[row * B + row]).toBe(0);
      }
      const attention = numbers(batch, 'attention_mask');
      for (const [index, id] of numbers(batch, 'input_ids').entries()) {
        expect(attention[index]).toBe(id === pad ? 0 : 1);
        if ([pad, start, end].includes(id)) expect(textMask[index]).toBe(0);
      }
    }
  });

  test('hold nothing for losses that are off', async () => {
    const [batch] = await load({ workers: 0, losses: { itc: true, itm: false, mlm: false, mim: false } }, 1);
    expect(Object.keys(batch!.inputs).sort()).toEqual(['attention_mask', 'input_ids', 'itc_targets', 'pixel_values']);
  });

  test('allow no negative that has the same caption', async () => {
    const [batch] = await load({ workers: 0, batchSize: COLOURS.length }, 1);
    // "a field" is a caption of every picture: where a sample has it, the whole row and column is closed.
    const tokenizer = loadTokenizer(tokenizerFile);
    const shared = tokenizer.encode('a field', L).inputIds;
    const rows = COLOURS.map((_, row) => numbers(batch!, 'input_ids').slice(row * L, row * L + shared.length));
    const open = COLOURS.flatMap((_, row) => (rows[row]!.join() === shared.join() ? [] : [row]));
    expect(open.length).toBeGreaterThan(0);
    expect(open.length).toBeLessThan(COLOURS.length);
    for (const i of COLOURS.keys()) {
      for (const j of COLOURS.keys()) {
        const want = i !== j && open.includes(i) && open.includes(j) ? 1 : 0;
        expect(numbers(batch!, 'negative_allowed')[i * COLOURS.length + j]).toBe(want);
      }
    }
  });

  test('use memory that was given back, and come out the same', async () => {
    const want = await load({ workers: 0 }, 6);
    for (const workers of [0, 1]) {
      const loader = openLoader({ sources: [sourceOf(records)], settings: { ...settings, workers }, tokenizerFile });
      for (const batch of want) {
        const got = await loader.next();
        expect(got).toEqual(batch);
        loader.release(got);
      }
      await loader.close();
    }
  });

  test('of one sample have no negative', async () => {
    const [batch] = await load({ workers: 0, batchSize: 1 }, 1);
    expect(numbers(batch!, 'negative_allowed')).toEqual([0]);
    expect(numbers(batch!, 'itc_targets')).toEqual([1]);
  });
});

describe('a text that names a side is never contradicted', () => {
  let imageFile = '';
  beforeAll(async () => {
    imageFile = join(folder, 'halves.png');
    const data = Uint8Array.from({ length: 40 * 40 * 3 }, (_, i) => (Math.floor(i / 3) % 40 < 20 ? 255 : 0));
    await sharp(data, { raw: { width: 40, height: 40, channels: 3 } })
      .png()
      .toFile(imageFile);
  });

  /** The pixels of some steps on the picture, white on the left. */
  async function pixelsOf(text: string, augment: Partial<LoaderSettings['augment']>): Promise<number[][]> {
    const loader = openLoader({
      sources: [sourceOf([{ image: { file: imageFile }, imageKey: imageFile, texts: [text] }])],
      settings: {
        ...settings,
        workers: 0,
        augment: { crop: null, flip: 'none', panels: 1, colour: 0, randAugment: null, ...augment },
      },
      tokenizerFile,
    });
    const steps: number[][] = [];
    while (steps.length < 10) steps.push(numbers(await loader.next(), 'pixel_values'));
    return steps;
  }

  test('its picture keeps its sides', async () => {
    for (const pixels of await pixelsOf('white on the left', { flip: 'dihedral' })) {
      expect(pixels[0]).toBeCloseTo(1, 2);
      expect(pixels[S - 1]).toBeCloseTo(-1, 2);
    }
  });

  test('RandAugment changes the picture that was not flipped', async () => {
    const randAugment = { operators: 3, level: 7, names: OPERATOR_NAMES };
    const flipped = await pixelsOf('white on the upper left', { flip: 'dihedral', randAugment });
    expect(flipped).toEqual(await pixelsOf('white on the upper left', { flip: 'none', randAugment }));
    expect(flipped).not.toEqual(await pixelsOf('white', { flip: 'dihedral', randAugment }));
  });
});

describe('what goes wrong', () => {
  const open = (list: readonly PairRecord[], workers: number, changes: Partial<LoaderSettings> = {}): Loader =>
    openLoader({ sources: [sourceOf(list)], settings: { ...settings, workers, ...changes }, tokenizerFile });

  test.each([0, 2])('a picture that cannot be read reaches next() by name, with %i workers', async (workers) => {
    const missing = join(folder, 'missing.png');
    const text = join(folder, 'text.png');
    await writeFile(text, 'no picture');
    for (const [imageFile, message] of [
      [missing, `picture ${missing}: expected a readable file, got ENOENT`],
      [text, `picture ${text}: expected JPEG, PNG`],
    ] as const) {
      const loader = open([{ image: { file: imageFile }, imageKey: imageFile, texts: ['a'] }], workers);
      await expect(loader.next()).rejects.toThrow(message);
      await loader.close();
    }
  });

  const lost = (name: string): PairRecord => ({ image: { file: join(folder, name) }, imageKey: name, texts: ['a'] });
  test.each([0, 2])(
    'pictures that cannot be read give their places to others of the batch, with %i workers',
    async (workers) => {
      await writeFile(join(folder, 'cut.png'), (await readFile(records[0]!.image.file!)).subarray(0, 300));
      const list = [lost('missing.png'), ...records, lost('cut.png')];
      const skipped: SkippedPicture[] = [];
      const changes = { workers, maxSkippedShare: 0.2, visit: 'picture', itcTargets: 'diagonal' } as const;
      const loader = openLoader({
        sources: [sourceOf(list)],
        settings: { ...settings, ...changes },
        tokenizerFile,
        onSkipped: (picture) => skipped.push(picture),
      });
      // Two epochs: who is skipped again is not counted again.
      const batches: Batch[] = [];
      for (let step = 0; step < 7; step++) batches.push(await loader.next());
      await loader.close();
      expect(skipped.map(({ name }) => basename(name)).sort()).toEqual(['cut.png', 'missing.png']);
      expect(skipped.find(({ name }) => name.endsWith('missing.png'))!.reason).toBe('got ENOENT');
      for (const batch of batches) expect(numbers(batch, 'pixel_values').every(Number.isFinite)).toBe(true);
      expect(batches.map((batch) => numbers(batch, 'pixel_values'))).toEqual(
        (await load({ ...changes, workers: 1 - Math.sign(workers) }, 7, 0, list)).map((batch) =>
          numbers(batch, 'pixel_values'),
        ),
      );
    },
  );

  test('more pictures that cannot be read than data.maxSkippedShare allows are an error', async () => {
    const list = [lost('missing.png'), ...records, lost('gone.png')];
    const loader = open(list, 0, { maxSkippedShare: 0.1 });
    const all = async () => {
      for (let step = 0; step < 4; step++) await loader.next();
    };
    await expect(all()).rejects.toThrow(
      /pictures of the training data: expected at most 10 % unusable \(data.maxSkippedShare\), got 2 among those of 13 examples, such as .*\.png \(got ENOENT\)/,
    );
    await loader.close();
  });

  test('a worker that ends reaches next()', async () => {
    const loader = openLoader({
      sources: [sourceOf(records)],
      settings: { ...settings, workers: 1 },
      tokenizerFile: join(folder, 'none.json'),
    });
    await expect(loader.next()).rejects.toThrow(/tokenizer .*none.json: expected a readable file/);
    await expect(loader.next()).rejects.toThrow('none.json');
    await loader.close();
  });

  test('closing while batches are made ahead ends cleanly', async () => {
    const loader = open(records, 2, { ahead: 8 });
    await loader.next();
    await loader.close();
  });

  test.each<[string, Partial<LoaderSettings>, string]>([
    [
      'patches that do not fill the picture',
      { patchSize: 7 },
      'image size: expected a multiple of the patch size 7, got 32',
    ],
    [
      'units that do not fill the grid',
      { masking: { image: { ratio: 0.6, unit: 3 }, text: { ratio: 0.3 } } },
      'masking.image.unit',
    ],
  ])('%s', (_name, changes, message) => {
    expect(() => open(records, 0, changes)).toThrow(message);
  });

  test('no pictures', () => {
    expect(() => open([], 0)).toThrow('training data: expected at least one picture');
  });
});

test('the loader tells epochs, and how long it made the step wait', async () => {
  const loader = openLoader({ sources: [sourceOf(records)], settings: { ...settings, workers: 0 }, tokenizerFile });
  expect(loader.samplesPerEpoch).toBe(COLOURS.length);
  expect([0, 2, 3].map(loader.epochOf)).toEqual([0, 0, 1]);
  await loader.next();
  expect(loader.waitMs).toBeGreaterThan(0);
});
