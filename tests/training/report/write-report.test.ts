import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { writeReport } from '../../../training/report/write-report.js';
import { temporaryFolder, tinyRecipe, tinyScenes, train } from '../../fixtures/tiny-training.js';

let folder = '';
let run = '';
let data = '';
beforeAll(async () => {
  folder = await temporaryFolder();
  run = join(folder, 'run');
  data = join(folder, 'data');
  await cp(await tinyScenes(), data, { recursive: true });
  const entry = { format: 'karpathy', annotations: join(data, 'captions.json'), images: join(data, 'images') };
  const changes = {
    'schedule.steps': 3,
    'evaluate.every': 3,
    'model.crossDepth': 2,
    'data.train': [entry],
    'data.val': [entry],
  };
  expect(await train(await tinyRecipe(folder, changes), run)).toMatchObject({ status: 0 });
});

const report = async (path: string, options = {}) =>
  readFile(await writeReport(path, { threads: 1, ...options }), 'utf8');
/** Whether the page has a text or fits a pattern: a failure is to show these, and not the whole page. */
const shows = (page: string, part: string | RegExp) =>
  typeof part === 'string' ? page.includes(part) : part.test(page);
/** A copy of the run to spoil, with data of its own. */
async function copy(name: string): Promise<{ path: string; files: string }> {
  const [path, files] = [join(folder, name), join(folder, `${name}-data`)];
  await cp(run, path, { recursive: true });
  await cp(data, files, { recursive: true });
  const recipe = await readFile(join(run, 'recipe.yaml'), 'utf8');
  await writeFile(join(path, 'recipe.yaml'), recipe.replaceAll(data, files));
  return { path, files };
}

describe('the report', () => {
  test('shows curves, samples, data and recipe, and loads and runs nothing', async () => {
    const text = await report(run);
    for (const part of [
      'Loss: matching (ITM)',
      'Pictures for a text',
      'Texts for a picture',
      'captions.json',
      'batchSize: 4',
      'best: step 3',
    ])
      expect(shows(text, part), String(part)).toBe(true);
    expect(shows(text, /By the parameters of step 3/), String(/By the parameters of step 3/)).toBe(true);
    // The letters of a picture may spell anything.
    const written = text.replace(/src="data:[^"]*"/g, '');
    expect(/<script|https?:|src="|NaN|undefined/.exec(written)?.[0]).toBeUndefined();
    expect(text.match(/<svg/g)!.length).toBeGreaterThanOrEqual(9);
  });

  test('shows what was restored of validation samples, and where their words look', async () => {
    const text = await report(run);
    const section = (title: string) => text.split('<section>').find((part) => part.startsWith(`<h2>${title}</h2>`));
    expect(section('Reconstructions')!.match(/<article class="restored">/g)).toHaveLength(6);
    expect(shows(section('Reconstructions')!, /<mark>\[MASK\]<\/mark>.*<b class="(?:hit|slip)" title="[^"]+ %/s)).toBe(
      true,
    );
    expect(section('Attention maps')!.match(/<article>/g)).toHaveLength(4);
    expect(section('Attention maps')!.match(/<img src="data:image\/jpeg;base64,/g)!.length).toBeGreaterThan(8);
  });

  test('shows neither for a run that learned neither', async () => {
    const { path } = await copy('retrieval-only');
    const recipe = await readFile(join(path, 'recipe.yaml'), 'utf8');
    await writeFile(
      join(path, 'recipe.yaml'),
      recipe.replace('itm: true', 'itm: false').replace('mim: true', 'mim: false'),
    );
    const text = await report(path);
    for (const [part, there] of [
      ['Pictures for a text', true],
      ['<h2>Reconstructions', false],
      ['<h2>Attention maps', false],
    ] as const)
      expect(shows(text, part), part).toBe(there);
  });

  test('is the same text every time', async () => {
    const before = await report(run);
    expect(shows(await report(run), before)).toBe(true);
  });

  test('of an empty log says that nothing was logged', async () => {
    const { path } = await copy('empty');
    await writeFile(join(path, 'metrics.jsonl'), '');
    expect(shows(await report(path), 'Nothing was logged yet.'), 'Nothing was logged yet.').toBe(true);
  });
});

describe('what is not there is said', () => {
  test.each<[string, (path: string, files: string) => Promise<unknown>, RegExp]>([
    ['no checkpoint', (path) => rm(join(path, 'checkpoints'), { recursive: true }), /The run has no checkpoint yet\./],
    [
      'no data',
      (_, files) => rm(files, { recursive: true }),
      /The validation data is not there any more\. annotations: expected a readable file/,
    ],
    [
      'no pictures',
      (_, files) => rm(join(files, 'images'), { recursive: true }),
      /The validation data is not there any more\. .*missing/,
    ],
    [
      'a broken picture',
      (_, files) => writeFile(join(files, 'images/val_000003.jpg'), 'no picture'),
      /A validation picture cannot be read any more\. picture: expected/,
    ],
  ])('%s', async (name, spoil, message) => {
    const { path, files } = await copy(name.replaceAll(' ', '-'));
    await spoil(path, files);
    const text = await report(path);
    expect(shows(text, message), String(message)).toBe(true);
    expect(shows(text, 'Loss: matching (ITM)')).toBe(true);
    expect(shows(text, 'Pictures for a text')).toBe(false);
  });

  test('the variable that says where the data lies', async () => {
    const { path, files } = await copy('portable');
    const recipe = await readFile(join(path, 'recipe.yaml'), 'utf8');
    await writeFile(join(path, 'recipe.yaml'), recipe.replaceAll(files, `\${MASKVLM_DATA}`));
    vi.stubEnv('MASKVLM_DATA', undefined);
    const without = await report(path);
    vi.stubEnv('MASKVLM_DATA', files);
    const found = await report(path);
    vi.unstubAllEnvs();
    expect(shows(without, 'MASKVLM_DATA: expected the folder that holds the public data sets')).toBe(true);
    expect(shows(found, 'Pictures for a text')).toBe(true);
  });

  test('validation data that the recipe never named', async () => {
    const { path } = await copy('no-val');
    const recipe = await readFile(join(path, 'recipe.yaml'), 'utf8');
    await writeFile(join(path, 'recipe.yaml'), recipe.replace(/ {2}val:\n(?: {4}.*\n)+/, '  val: []\n'));
    expect(
      shows(await report(path), 'The recipe names no validation data.'),
      'The recipe names no validation data.',
    ).toBe(true);
  });
});

test('a folder that is no run is refused', async () => {
  await expect(writeReport(folder)).rejects.toThrow('run folder: expected a folder with recipe.yaml, got ');
});

test('texts of the recipe are escaped', async () => {
  const { path } = await copy('escaped');
  await writeFile(
    join(path, 'recipe.yaml'),
    `# <script>alert(1)</script>\n${await readFile(join(path, 'recipe.yaml'), 'utf8')}`,
  );
  const text = await report(path, { withoutSamples: 'None & <none>.' });
  expect(shows(text, '# &lt;script&gt;alert(1)&lt;/script&gt;')).toBe(true);
  expect(shows(text, 'None &amp; &lt;none&gt;.')).toBe(true);
});
