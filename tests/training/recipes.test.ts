// The recipes of the repository: that each is a whole one, and that those of the paper say what the paper says.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { presets } from '../../model/maskvlm/config.js';
import { loadRecipe } from '../../training/recipe/load-recipe.js';
import { dryRun } from '../../training/run/dry-run.js';

const FOLDER = fileURLToPath(new URL('../../../training/recipes/', import.meta.url));
const README = readFileSync(new URL('../../../training/README.md', import.meta.url), 'utf8');
const files = (readdirSync(FOLDER, { recursive: true }) as string[]).filter((file) => file.endsWith('.yaml')).sort();
const documents = new Map(
  files.map((file) => [file, parse(readFileSync(join(FOLDER, file), 'utf8')) as { name?: string; extends?: string }]),
);
/** Parts have no name: they are there for others to extend. */
const recipes = files.filter((file) => documents.get(file)!.name !== undefined);
/** What a recipe without a model of its own takes from --init. */
const inherited = {
  model: presets.tiny,
  tokenizer: 'tokenizer.json',
  image: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
  maxLength: 30,
};
const load = async (file: string) =>
  (await loadRecipe(join(FOLDER, file), { readsData: false, environment: {}, inherited })).recipe;
const paper = (name: string) => load(`paper/${name}.yaml`);

test.each(files.filter((file) => !recipes.includes(file)))('%s, which has no name, is extended by another', (file) => {
  const used = files.map((other) => join(dirname(other), documents.get(other)!.extends ?? other));
  expect(used.filter((other, i) => other === file && files[i] !== file)).not.toEqual([]);
});

test.each(recipes)('%s is whole and named like its file', async (file) => {
  const recipe = await load(file);
  expect(recipe.name).toBe(basename(file, '.yaml'));
  if (file.startsWith('paper/')) {
    expect(recipe.schedule.samplesPerEpoch).toBeGreaterThan(0);
    for (const { annotations } of recipe.data.train) expect(annotations).toMatch(/^\$\{MASKVLM_DATA\}\//);
  }
});

const PRETRAINING = { batchSize: 512, epochs: 30, warmupEpochs: 5, finalRatio: 0.1 };
const CROSS = { default: 3e-4, image_encoder: 1e-5, text_encoder: 1e-5 };
test.each<[string, object]>([
  ['pretrain-4m', { schedule: { ...PRETRAINING, epochs: 50 }, optimizer: { weightDecay: 0.05, learningRates: CROSS } }],
  [
    'pretrain-cc50-coco',
    { schedule: PRETRAINING, masking: { strategy: 'one', image: { ratio: 0.6 }, text: { ratio: 0.3 } } },
  ],
  ['pretrain-cc25-coco', { schedule: PRETRAINING, optimizer: { learningRates: CROSS } }],
  ['pretrain-cc10-coco', { schedule: PRETRAINING }],
  ['losses-itc', { schedule: PRETRAINING, losses: { itc: true, itm: false, mlm: false, mim: false } }],
  ['losses-itc-itm', { losses: { itc: true, itm: true, mlm: false, mim: false } }],
  ['losses-mlm-mim', { losses: { itc: false, itm: false, mlm: true, mim: true } }],
  ['losses-itc-itm-mlm', { losses: { itc: true, itm: true, mlm: true, mim: false } }],
  ['losses-itc-itm-mim', { losses: { itc: true, itm: true, mlm: false, mim: true } }],
  ['masking-both', { schedule: { ...PRETRAINING, epochs: 50 }, masking: { strategy: 'both' } }],
  ['masking-50-30', { masking: { image: { ratio: 0.5, unit: 2 }, text: { ratio: 0.3 } } }],
  ['masking-70-30', { masking: { image: { ratio: 0.7 }, text: { ratio: 0.3 } } }],
  ['masking-60-15', { masking: { image: { ratio: 0.6 }, text: { ratio: 0.15 } } }],
  [
    'retrieval-coco',
    { task: 'retrieval', schedule: { epochs: 15, batchSize: 256 }, optimizer: { learningRates: { default: 1e-5 } } },
  ],
  ['retrieval-flickr30k', { task: 'retrieval', schedule: { epochs: 15, batchSize: 256 }, itc: { targets: 'caption' } }],
  [
    'vqa',
    {
      task: 'vqa',
      schedule: { epochs: 15, batchSize: 256 },
      optimizer: { learningRates: { default: 2e-5, image_encoder: 1e-5, text_encoder: 1e-5 } },
      data: { val: [] },
    },
  ],
  [
    'nlvr2',
    {
      task: 'nlvr2',
      schedule: { epochs: 5, batchSize: 128 },
      optimizer: { learningRates: { default: 1e-5, nlvr2_classifier: 1e-4 } },
    },
  ],
  [
    'snli-ve',
    {
      task: 've',
      schedule: { epochs: 5, batchSize: 256 },
      optimizer: { learningRates: { default: 1e-5, ve_classifier: 1e-4 } },
    },
  ],
])('paper/%s has the numbers of sections 4.2 and A.1 to A.4', async (name, wanted) => {
  const recipe = await paper(name);
  expect(recipe).toMatchObject({ ...wanted, model: { preset: 'base' } });
  expect((recipe.model as { image?: object }).image).toEqual(recipe.task === 'pretrain' ? undefined : { size: 384 });
});

test('the subsets have the shares of all pairs that section 4.4 gives', async () => {
  const all = (await paper('pretrain-4m')).schedule.samplesPerEpoch!;
  const share = async (name: string) => (await paper(name)).schedule.samplesPerEpoch! / all;
  expect(await share('pretrain-cc50-coco')).toBeCloseTo(0.39, 2);
  expect(await share('pretrain-cc25-coco')).toBeCloseTo(0.25, 2);
  expect(await share('pretrain-cc10-coco')).toBeCloseTo(0.16, 2);
});

/** The table of the README: recipes, of which the first is measured, and what a dry run says of them. */
const ROW = /^\| ((?:`[a-z0-9-]+\.yaml`(?:, )?)+) \| (.*) \|$/gm;
const rows = [...README.matchAll(ROW)].map(([, names, figures]) => ({
  names: [...names!.matchAll(/`([a-z0-9-]+)\.yaml`/g)].map(([, name]) => name!),
  figures: figures!.split(' | '),
}));

test('the README says what each recipe of the paper takes', () => {
  const own = recipes.filter((file) => file.startsWith('paper/')).map((file) => basename(file, '.yaml'));
  expect(rows.flatMap(({ names }) => names).sort()).toEqual(own.sort());
});

test.each(rows)('$names takes at paper size what the README says', async ({ names, figures }) => {
  const { task } = await paper(names[0]!);
  const recipe = join(FOLDER, `paper/${names[0]}.yaml`);
  const set = ['data.train.0.annotations=/none'];
  const found = await dryRun({ task, recipe, set, tflops: 190, say: () => undefined });
  const { parameters, gflopPerSample, steps, batch, memory, days } = found;
  expect([
    `${(parameters / 1e6).toFixed(1)} M`,
    gflopPerSample.toFixed(0),
    steps.toLocaleString('en'),
    `${batch}`,
    memory.totalGiB.toFixed(0),
    days!.toFixed(2),
  ]).toEqual(figures);
});
