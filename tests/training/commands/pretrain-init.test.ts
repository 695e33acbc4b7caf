// Runs that begin with published weights, or with a model of another size. A learning rate of 0 keeps what they began with.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ModelConfig } from '../../../model/maskvlm/config.js';
import { writeSafetensors } from '../../../model/safetensors/safetensors.js';
import { readParameters } from '../../../training/run/initialize.js';
import { openRun } from '../../../training/run/run-folder.js';
import { resamplePositions } from '../../../training/weights/resample-positions.js';
import { maskvlm } from '../../fixtures/command-line.js';
import { robertaWeights, vitWeights } from '../../fixtures/published-models.js';
import { temporaryFolder, tinyRecipe, train } from '../../fixtures/tiny-training.js';
import { torchArchive } from '../../fixtures/torch-archive.js';

let folder = '';
let recipe = '';
let config: ModelConfig;
/** A run of one step without learning, whose tokenizer and size the files below share. */
const began = () => join(folder, 'began');
const file = (name: string) => join(folder, name);
const still = { 'data.val': [], 'optimizer.learningRates.default': 0, 'schedule.steps': 1 };

beforeAll(async () => {
  folder = await temporaryFolder();
  const trained = await tinyRecipe(folder, still);
  expect(await train(trained, began())).toMatchObject({ status: 0 });
  config = (await openRun(began())).config;
  // What a published tokenizer consists of, with <mask> last.
  const { model } = JSON.parse(await readFile(join(began(), 'tokenizer.json'), 'utf8'));
  const { '<mask>': mask, ...others } = model.vocab as Record<string, number>;
  const shifted = Object.entries(others).map(([token, id]) => [token, id > mask! ? id - 1 : id]);
  const vocabulary = { ...Object.fromEntries(shifted), '<mask>': shifted.length };
  await writeFile(file('vocab.json'), JSON.stringify(vocabulary));
  await writeFile(file('merges.txt'), `#version: 0.2\n${(model.merges as string[]).join('\n')}\n`);
  recipe = await tinyRecipe(folder, { ...still, tokenizer: { vocab: file('vocab.json'), merges: file('merges.txt') } });
  await writeSafetensors(file('vit.safetensors'), vitWeights(config));
  await writeFile(file('roberta.bin'), torchArchive(robertaWeights(config, 514)));
});

const valuesOf = async (run: string, name: string) => (await readParameters(join(folder, run))).get(name)!.data;

describe('published weights', () => {
  test('are taken over, with a report', async () => {
    const options = { initImage: file('vit.safetensors'), initText: file('roberta.bin') };
    const { status, said } = await train(recipe, file('published'), options);
    expect(status).toBe(0);
    expect(said).toContain(
      '--init-image: 18 parameters loaded, 1 missing (image_encoder.mask_token), 0 unexpected\n' +
        '--init-text: 16 parameters loaded, 0 missing, 5 unexpected (lm_head.bias, lm_head.dense.weight, lm_head.dense.bias, lm_head.layer_norm.weight, lm_head.layer_norm.bias)\n' +
        '--init-text: text_encoder.position_embeddings.weight: the first 18 of 514 rows\n',
    );
    expect(said).not.toContain('tokenizer');
    const [vit, roberta] = [vitWeights(config), robertaWeights(config, 514)];
    expect(await valuesOf('published', 'image_encoder.pos_embed')).toEqual(vit.get('pos_embed')!.data);
    expect(await valuesOf('published', 'text_encoder.word_embeddings.weight')).toEqual(
      roberta.get('roberta.embeddings.word_embeddings.weight')!.data,
    );
    const { special, vocabularySize } = (await openRun(file('published'))).tokenizer;
    expect(special).toMatchObject({ start: 0, pad: 1, end: 2, unknown: 3, mask: vocabularySize - 1 });
  });

  test('come after --init and replace what it gave, nothing else', async () => {
    await train(recipe, file('both'), { init: began(), initImage: file('vit.safetensors') });
    const norm = 'image_encoder.norm.weight';
    expect(await valuesOf('both', norm)).toEqual(vitWeights(config).get('norm.weight')!.data);
    expect(await valuesOf('began', norm)).not.toEqual(await valuesOf('both', norm));
    for (const name of ['image_encoder.mask_token', 'text_encoder.blocks.0.attn.qkv.weight', 'itm_head.weight'])
      expect(await valuesOf('both', name), name).toEqual(await valuesOf('began', name));
  });

  test('of a deeper encoder are taken as far as they go', async () => {
    const deeper = { ...config, image: { ...config.image, depth: 3 } };
    await writeSafetensors(file('deeper.safetensors'), vitWeights(deeper));
    const { said } = await train(recipe, file('from-deeper'), { initImage: file('deeper.safetensors') });
    expect(said).toMatch(/--init-image: 18 parameters loaded, .*, 24 unexpected \(blocks\.\{1-2\}\.attn\.proj\.bias/);
  });

  test('do not change a run that goes on', async () => {
    const { status, said } = await train(recipe, file('published'), { resume: true, initImage: file('none') });
    expect({ status, said: said.includes('--init') }).toEqual({ status: 0, said: false });
  });

  test('for another tokenizer are taken with a warning', async () => {
    const own = await tinyRecipe(folder, still);
    const { said } = await train(own, file('own-tokenizer'), { initText: file('roberta.bin') });
    expect(said).toContain("--init-text: the tokenizer is not RoBERTa's: the token embeddings stand for other tokens");
  });

  test.each<[string, 'initImage' | 'initText', string, string[], RegExp]>([
    [
      'patches of another size',
      'initImage',
      'vit.safetensors',
      ['model.image.patch=4'],
      /^--init-image .*vit\.safetensors: patch_embed\.proj\.weight: expected \[32,3,4,4\] for image_encoder\.patch_embed\.weight, got \[32,3,8,8\]; model\.width and model\.image\.patch/,
    ],
    [
      'another width',
      'initImage',
      'vit.safetensors',
      ['model.width=16'],
      /expected \[16,3,8,8\] for .*, got \[32,3,8,8\]/,
    ],
    [
      'another feed-forward',
      'initText',
      'roberta.bin',
      ['model.mlpRatio=4'],
      /^--init-text .*roberta\.bin: roberta\.encoder\.layer\.0\.intermediate\.dense\.weight: expected \[128,32\] for .*mlp\.fc1\.weight, got \[64,32\]$/,
    ],
    [
      'another vocabulary',
      'initText',
      'roberta.bin',
      ['tokenizer.vocabSize=280'],
      /word_embeddings\.weight: expected \[280,32\] for .*, got \[300,32\]; .* tokenizer: \{vocab, merges\}/,
    ],
    ['weights of the other kind', 'initText', 'vit.safetensors', [], /expected RoBERTa under Hugging Face's names/],
    ['a file that is no weights', 'initImage', 'vocab.json', [], /vocab\.json: expected a ZIP archive of torch\.save/],
    ['a file that is not there', 'initImage', 'none', [], /none: expected a readable file, got ENOENT/],
  ])('are refused: %s', async (name, option, weights, set, message) => {
    const { error } = await train(recipe, file(`refused-${name.replaceAll(' ', '-')}`), {
      [option]: file(weights),
      set,
    });
    expect(error?.message).toMatch(message);
  });
});

describe('--init from a model of another size', () => {
  test.each(['pytorch', 'timm'] as const)('fits the positions to larger pictures, %s', async (positions) => {
    const run = `larger-${positions}`;
    const set = ['model.image.size=48', `init.positions=${positions}`];
    const { said } = await train(recipe, file(run), { init: began(), set });
    expect(said).toMatch(/--init: \d+ parameters loaded, 0 missing, 0 unexpected/);
    expect(said).toContain(`--init: image_encoder.pos_embed: 4x4 positions made 6x6 (${positions})\n`);
    expect(await valuesOf(run, 'image_encoder.pos_embed')).toEqual(
      resamplePositions(await valuesOf('began', 'image_encoder.pos_embed'), 32, { from: 4, to: 6 }, positions),
    );
  });

  test('keeps the positions that longer texts share', async () => {
    const { said } = await train(recipe, file('longer'), { init: began(), set: ['text.maxLength=20'] });
    expect(said).toContain('position_embeddings.weight: the first 18 of 18 rows, the other 4 begin afresh\n');
    const name = 'text_encoder.position_embeddings.weight';
    const [longer, shorter] = [await valuesOf('longer', name), await valuesOf('began', name)];
    expect(longer.subarray(0, shorter.length)).toEqual(shorter);
    expect(longer.subarray(shorter.length).every((x) => x !== 0)).toBe(true);
  });

  test('leaves out what has another shape, and says both', async () => {
    const { said } = await train(recipe, file('narrower'), { init: began(), set: ['model.embedding=8'] });
    expect(said).toContain(
      '--init: 4 of the missing have another shape: image_projection.weight (there [16,32], here [8,32]), ',
    );
  });
});

test('the flags are in the help', async () => {
  const { stdout } = await maskvlm(['pretrain', '--help']);
  expect(stdout).toMatch(/--init-image <file> .*\n(.*\n)*.*--init-text <file> /);
});
