import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { byteLevelJson } from '../../../model/tokenizer/byte-level-json.js';
import { parseRecipe } from '../../../training/recipe/recipe.js';
import { createRun } from '../../../training/run/run-folder.js';
import { copyTokenizer } from '../../../training/tokenizer/copy-tokenizer.js';
import { trainBpe } from '../../../training/tokenizer/train-bpe.js';
import { dataFolder } from '../../fixtures/data-folder.js';

const RAW = 'A Dog, on the right-hand side: it\'s a "<person>"!';
const CLEAN = 'a dog on the right hand side its a person';

let folder = '';
let given = '';
let shipped: Buffer;
beforeAll(async () => {
  folder = await dataFolder({ 'captions.tsv': `a.png\t${RAW}\n` });
  given = join(folder, 'given.json');
  // As RoBERTa's: case and punctuation matter.
  const { vocabulary, merges } = trainBpe(new Map([['dog', 2]]), 262);
  await writeFile(
    given,
    JSON.stringify(byteLevelJson({ vocabulary, merges, addPrefixSpace: false, normalizer: null })),
  );
  await writeFile(join(folder, 'vocab.json'), JSON.stringify(vocabulary));
  await writeFile(join(folder, 'merges.txt'), `#version: 0.2\n${merges.join('\n')}\n`);
  shipped = await readFile(given);
});

let runs = 0;
async function tokenizerOf(tokenizer: object, cleaning: 'none' | 'albef') {
  const data = { train: [{ format: 'tsv', annotations: join(folder, 'captions.tsv'), images: folder }] };
  const basics = { name: 'run', model: 'tiny', schedule: { steps: 1 } };
  const recipe = parseRecipe({ ...basics, data, tokenizer, text: { maxLength: 200, cleaning } });
  const train = [{ items: [], corpus: () => [RAW], hash: async () => '0'.repeat(64), skipped: [], weight: undefined }];
  const path = join(folder, `run-${runs++}`);
  return createRun(
    path,
    recipe,
    'name: run\nmodel: tiny\ntokenizer: {vocabSize: 300}\ndata: {train: [{format: tsv, annotations: a, images: b}]}\nschedule: {steps: 1}\ntext: {maxLength: 200}\n',
    { train, val: [] },
  );
}

describe('the tokenizer of a run', () => {
  test.each<[string, () => object]>([
    ['trained', () => ({ vocabSize: 300, lowercase: false })],
    ['given', () => ({ file: given })],
    ['published', () => ({ vocab: join(folder, 'vocab.json'), merges: join(folder, 'merges.txt') })],
  ])('cleans texts by itself as the recipe says: %s', async (_kind, wanted) => {
    const { tokenizer } = await tokenizerOf(wanted(), 'albef');
    const { inputIds } = tokenizer.encode(RAW, 200);
    expect(inputIds).toEqual(tokenizer.encode(CLEAN, 200).inputIds);
    expect(tokenizer.decode(inputIds)).toBe(CLEAN);
  });

  test('leaves them as they are otherwise', async () => {
    const { tokenizer, tokenizerFile } = await tokenizerOf({ file: given }, 'none');
    expect(tokenizer.decode(tokenizer.encode(RAW, 200).inputIds)).toBe(RAW);
    expect(await readFile(tokenizerFile)).toEqual(shipped);
  });
});

test('a tokenizer that cleans already is copied byte by byte', async () => {
  const [once, twice] = [join(folder, 'once.json'), join(folder, 'twice.json')];
  await copyTokenizer(given, once, 'albef');
  await copyTokenizer(once, twice, 'albef');
  expect(await readFile(once)).not.toEqual(shipped);
  expect(await readFile(twice)).toEqual(await readFile(once));
});

test('what is no tokenizer is refused by name', async () => {
  await expect(copyTokenizer(join(folder, 'none.json'), join(folder, 'x.json'), 'albef')).rejects.toThrow(
    /tokenizer .*none\.json: expected a readable file, got ENOENT/,
  );
});
