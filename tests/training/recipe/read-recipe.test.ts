import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadRecipe } from '../../../training/recipe/load-recipe.js';
import { readRecipe } from '../../../training/recipe/read-recipe.js';
import { temporaryFolder } from '../../fixtures/tiny-training.js';

const DATA = `\${MASKVLM_DATA}`;
const FILES: Record<string, string> = {
  'base.yaml': `
name: base
model: tiny
tokenizer: {vocab: v.json, merges: '${DATA}/m.txt'}
data: {train: [{format: karpathy, annotations: a.json, images: pictures}, {format: tsv, annotations: b.tsv, images: pictures}]}
augment: {crop: {scale: [0.5, 1]}, flip: none}
optimizer: {learningRates: {default: 1e-3, image_encoder: 1e-5}}
schedule: {epochs: 30, warmupEpochs: 5, batchSize: 16}`,
  'inner/middle.yaml': `
extends: ../base.yaml
name: middle
model: {width: 96}
optimizer: {learningRates: {default: 2e-3}}`,
  'inner/leaf.yaml': `
extends: middle.yaml
name: leaf
data: {train: [{format: karpathy, annotations: own.json, images: ../pictures}]}
augment: {crop: null}
tokenizer: {vocabSize: 300}
schedule: {steps: 7}`,
  'silent.yaml': 'extends: base.yaml\nmodel: {}\noptimizer: {learningRates: {}}',
  'more.yaml': 'extends: base.yaml\naugment: {crop: {}, randAugment: {}}',
  'uncut.yaml': 'extends: more.yaml\naugment: {crop: null}',
  'cut.yaml': 'extends: uncut.yaml\naugment: {crop: {}}',
  'warm.yaml': 'extends: base.yaml\nschedule: {warmupSteps: 3}',
  'one.yaml': 'extends: two.yaml\nname: one',
  'two.yaml': 'extends: ./one.yaml\nname: two',
  'self.yaml': 'extends: self.yaml',
  'orphan.yaml': 'extends: none.yaml',
  'list.yaml': 'extends: [base.yaml, two.yaml]',
  'wrong.yaml': 'extends: base.yaml\nshedule: {steps: 1}',
  'misspelt.yaml': 'extend: base.yaml\nname: x',
};

let folder = '';
const at = (name: string) => join(folder, name);
const load = (name: string, ...set: string[]) => loadRecipe(at(name), { set, environment: { MASKVLM_DATA: '/data' } });

beforeAll(async () => {
  folder = await temporaryFolder();
  for (const [name, text] of Object.entries(FILES)) {
    await mkdir(dirname(at(name)), { recursive: true });
    await writeFile(at(name), text);
  }
});

describe('a recipe that extends another', () => {
  test('sets its own keys in it, over several files', async () => {
    const { recipe } = await load('inner/leaf.yaml');
    expect(recipe).toMatchObject({
      name: 'leaf',
      model: { preset: 'tiny', width: 96 },
      augment: { crop: null, flip: 'none' },
      optimizer: { learningRates: { default: 2e-3, image_encoder: 1e-5 } },
    });
  });

  test('has lists of its own, not parts of both', async () => {
    const { train } = (await load('inner/leaf.yaml')).recipe.data;
    expect(train.map(({ annotations }) => annotations)).toEqual([at('inner/own.json')]);
  });

  test('takes paths from the folder of the file that names them', async () => {
    const { recipe } = await load('inner/middle.yaml');
    expect(recipe.tokenizer).toEqual({ vocab: at('v.json'), merges: '/data/m.txt' });
    expect(recipe.data.train.map(({ images }) => images)).toEqual([at('pictures'), at('pictures')]);
    expect((await load('inner/leaf.yaml')).recipe.data.train[0]!.images).toBe(at('pictures'));
  });

  test('takes the place of keys that exclude its own', async () => {
    const leaf = (await load('inner/leaf.yaml')).recipe;
    expect(leaf.tokenizer).toEqual({ vocabSize: 300, lowercase: true });
    expect(leaf.schedule).toMatchObject({ steps: 7, batchSize: 16, warmupSteps: 0 });
    expect(leaf.schedule.epochs ?? leaf.schedule.warmupEpochs).toBe(undefined);
    const { schedule } = (await load('warm.yaml')).recipe;
    expect(schedule).toMatchObject({ epochs: 30, warmupSteps: 3 });
    expect(schedule.warmupEpochs).toBe(undefined);
  });

  test('changes nothing by an empty mapping where there is something', async () => {
    expect(await readRecipe(at('silent.yaml'))).toEqual(await readRecipe(at('base.yaml')));
  });

  test.each([
    ['more.yaml', { crop: { scale: [0.5, 1] }, randAugment: { operators: 2, level: 7 } }],
    ['cut.yaml', { crop: { scale: [0.2, 1] } }],
  ])(
    'turns a section on, at its defaults, by an empty mapping where there is none or null: %s',
    async (file, augment) => {
      expect((await load(file)).recipe.augment).toMatchObject(augment);
    },
  );

  test('is changed by --set last, and its effective recipe stands alone', async () => {
    const { recipe, yaml } = await load('inner/middle.yaml', 'schedule.steps=2', 'model.heads=2');
    expect(recipe).toMatchObject({
      name: 'middle',
      schedule: { steps: 2 },
      model: { preset: 'tiny', width: 96, heads: 2 },
    });
    expect(yaml).not.toContain('extends');
    await writeFile(at('alone.yaml'), yaml);
    expect((await load('alone.yaml')).recipe).toEqual(recipe);
  });
});

test.each<[string, string, string[], string]>([
  ['one that comes back', 'one.yaml', [], 'one.yaml -> two.yaml -> one.yaml'],
  [
    'one that extends itself',
    'self.yaml',
    [],
    'recipe extends: expected recipes that do not lead back to themselves, got self',
  ],
  ['one that is not there', 'orphan.yaml', [], 'none.yaml (ENOENT), which '],
  ['several at once', 'list.yaml', [], 'expected the path of another recipe, got ["base.yaml","two.yaml"]'],
  ['a misspelt key beside it', 'wrong.yaml', [], 'got "shedule" (did you mean "schedule"?)'],
  ['a misspelt extends', 'misspelt.yaml', [], 'got "extend" (did you mean "extends"?)'],
  ['it in --set', 'base.yaml', ['extends=two.yaml'], 'recipe extends: expected nothing but in a file'],
])('%s is an error', async (_name, file, set, message) => {
  await expect(load(file, ...set)).rejects.toThrow(message);
});
