import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadRecipe } from '../../../training/recipe/load-recipe.js';

const YAML = `
name: small
model: tiny
tokenizer: {vocabSize: 1000}
data:
  train: [{format: karpathy, annotations: captions.json, images: '\${MASKVLM_DATA}/ucm/images'}]
  val: [{format: karpathy, annotations: ../captions.json, images: /pictures}]
schedule: {epochs: 3}
`;

let folder = '';
let file = '';
/** How a recipe writes the folder of the public data sets. */
const DATA = `\${MASKVLM_DATA}`;
const environment = { MASKVLM_DATA: '/data/sets' };
const load = (...set: string[]) => loadRecipe(file, { set, cwd: '/elsewhere', environment });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recipe-'));
  file = join(folder, 'small.yaml');
  await writeFile(file, YAML);
});
afterAll(() => rm(folder, { recursive: true }));

describe('paths', () => {
  test('in the file start from its folder, in --set from the current one', async () => {
    const { recipe } = await load('data.val.0.images=mine', 'data.val.1={format: karpathy, annotations: a, images: b}');
    expect(recipe.data.train[0]!.annotations).toBe(join(folder, 'captions.json'));
    expect(recipe.data.val[0]).toMatchObject({
      annotations: join(folder, '..', 'captions.json'),
      images: '/elsewhere/mine',
    });
    expect(recipe.data.val[1]).toMatchObject({ annotations: '/elsewhere/a', images: '/elsewhere/b' });
  });

  test('name MASKVLM_DATA', async () => {
    const { recipe, yaml } = await load();
    expect(recipe.data.train[0]!.images).toBe('/data/sets/ucm/images');
    expect(yaml).toContain(`${DATA}/ucm/images`);
  });

  test('fail clearly where it is unset or another variable is named', async () => {
    await expect(loadRecipe(file, { environment: {} })).rejects.toThrow(
      `MASKVLM_DATA: expected the folder that holds the public data sets (export MASKVLM_DATA=/path/to/data), got nothing; the recipe names ${DATA}/ucm/images`,
    );
    await expect(load(`data.val.0.images=\${HOME}/x`)).rejects.toThrow(`expected no variable but ${DATA}`);
  });
});

test('the effective recipe loads back to the same one from any folder', async () => {
  const first = await load('seed=7', 'optimizer.learningRates.image_encoder=1e-5');
  const copy = join(folder, 'copy.yaml');
  await writeFile(copy, first.yaml);
  const second = await loadRecipe(copy, { environment });
  expect(second).toEqual(first);
  expect(second.recipe.optimizer).toMatchObject({ epsilon: 1e-8, learningRates: { image_encoder: 1e-5 } });
});

describe('--set', () => {
  test.each<[string, string[], object]>([
    ['changes a number', ['schedule.batchSize=8'], { schedule: { epochs: 3, batchSize: 8 } }],
    ['makes a section', ['augment.crop=null'], { augment: { crop: null } }],
    ['reaches into a list', ['data.val.0.limit=100'], { data: { val: [{ limit: 100 }] } }],
    ['takes the last of two', ['seed=2', 'seed=3'], { seed: 3 }],
    ['overrides a preset’s size', ['model.width=96'], { model: { preset: 'tiny', width: 96 } }],
    ['keeps equals signs', ['data.val.0.split=a=b'], { data: { val: [{ split: 'a=b' }] } }],
  ])('%s', async (_name, set, want) => {
    expect((await load(...set)).recipe).toMatchObject(want);
  });

  test('steps take the place of epochs, a tokenizer file that of a size', async () => {
    const { recipe } = await load('schedule.steps=20', 'tokenizer.file=t.json');
    expect(recipe.schedule.steps).toBe(20);
    expect(recipe.schedule.epochs).toBeUndefined();
    expect(recipe.tokenizer).toEqual({ file: '/elsewhere/t.json' });
  });

  test('a published tokenizer takes the place of a size, and a size that of one', async () => {
    const published = ['tokenizer.vocab=v.json', `tokenizer.merges=${DATA}/m.txt`];
    const { recipe, yaml } = await load(...published);
    expect(recipe.tokenizer).toEqual({ vocab: '/elsewhere/v.json', merges: '/data/sets/m.txt' });
    const copy = join(folder, 'published.yaml');
    await writeFile(copy, yaml);
    const back = await loadRecipe(copy, { set: ['tokenizer.vocabSize=300'], environment });
    expect(back.recipe.tokenizer).toEqual({ vocabSize: 300, lowercase: true });
  });

  test.each<[string, string, string]>([
    ['an unknown path', 'optimizer.leanringRates.default=1', '(did you mean "optimizer.learningRates"?)'],
    ['a prototype', '__proto__.seed=1', '"__proto__"'],
    ['no value', 'seed', '--set: expected key.path=value, got "seed"'],
    ['broken YAML', 'seed=[1', '--set seed: expected a YAML value, got [1'],
    ['an index beyond a list', 'data.val.5.limit=1', 'recipe data.val: expected an index from 0 to 1, got "5"'],
    ['a key of a number', 'seed.x=1', 'recipe seed: expected a whole number of at least 0, got {"x":1}'],
  ])('refuses %s', async (_name, set, message) => {
    await expect(load(set)).rejects.toThrow(message);
  });
});

test('a missing or broken file is named', async () => {
  await expect(loadRecipe(join(folder, 'none.yaml'))).rejects.toThrow(
    /recipe: expected a readable file, got .*none.yaml \(ENOENT\)/,
  );
  const broken = join(folder, 'broken.yaml');
  await writeFile(broken, 'name: [a\nseed: 1: 2');
  await expect(loadRecipe(broken)).rejects.toThrow(`recipe ${broken}: expected valid YAML`);
});
