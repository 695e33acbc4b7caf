// `maskvlm step`: a batch from outside through the parameters of a run.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readSafetensors, type Tensor, writeSafetensors } from '../../../model/safetensors/safetensors.js';
import { loadTokenizer } from '../../../model/tokenizer/tokenizer.js';
import { step } from '../../../training/commands/step.js';
import { pretraining } from '../../../training/objectives/pretraining.js';
import { saveCheckpoint } from '../../../training/run/checkpoint.js';
import { gradientGraph } from '../../../training/step/training-graph.js';
import { trainTokenizerOn } from '../../../training/tokenizer/train-tokenizer.js';
import { float32, numbersOf, runGraph } from '../../fixtures/run-graph.js';
import { feedsOf, layoutOf, SETTINGS, SMALL, smallBatch, trainedParameters } from '../../fixtures/small-pretraining.js';

const { width, heads, mlpRatio, embedding } = SMALL;
const image = { ...SMALL.image, depth: 1 };
const text = { vocabularySize: 270, maxLength: 8, depth: 1 };
const [crossDepth, decoderDepth] = [1, 1];
const CONFIG = { width, heads, mlpRatio, embedding, image, text, crossDepth, decoderDepth };
const RECIPE = {
  name: 'outside',
  model: CONFIG,
  tokenizer: { vocabSize: 270 },
  text: { maxLength: 8 },
  data: { train: [{ format: 'karpathy', annotations: 'none.json', images: 'none' }] },
  schedule: { steps: 1, batchSize: 32 },
};

let folder = '';
const at = (name: string) => join(folder, name);
const layout = layoutOf(CONFIG);
const parameters = trainedParameters(layout);
const BATCH = smallBatch(CONFIG, SETTINGS);

/** The inputs that the command documents, as safetensors; integers as int64 and masks as asked. */
function documented(masks: 'F32' | 'I64' | 'U8'): Map<string, Tensor> {
  const tensor = (name: keyof typeof BATCH, dtype: 'F32' | 'I64' | 'U8'): [string, Tensor] => {
    const values = numbersOf(BATCH[name]);
    const shape = [...BATCH[name].shape];
    if (dtype === 'F32') return [name, { dtype, shape, data: Float32Array.from(values) }];
    if (dtype === 'U8') return [name, { dtype, shape, data: Uint8Array.from(values) }];
    return [name, { dtype, shape, data: BigInt64Array.from(values, BigInt) }];
  };
  return new Map([
    tensor('pixel_values', 'F32'),
    tensor('input_ids', 'I64'),
    tensor('attention_mask', 'I64'),
    tensor('image_mask', masks),
    tensor('text_mask', masks),
    tensor('negative_text', 'I64'),
    tensor('negative_image', 'I64'),
  ]);
}

async function runStep(batch: Map<string, Tensor>, recipe = 'recipe.yaml'): Promise<Map<string, Tensor>> {
  await writeSafetensors(at('batch.safetensors'), batch);
  await step({ recipe: at(recipe), run: folder, batch: at('batch.safetensors'), out: at('out.safetensors') });
  return readSafetensors(at('out.safetensors'));
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskvlm-step-'));
  await mkdir(at('checkpoints'));
  await writeFile(at('recipe.yaml'), JSON.stringify(RECIPE));
  await writeFile(at('without-itm.yaml'), JSON.stringify({ ...RECIPE, losses: { itm: false, mim: false } }));
  await trainTokenizerOn(['a ball left of a cube', 'a cube behind a ball'], {
    vocabSize: 270,
    out: at('tokenizer.json'),
  });
  const moment1 = new Float32Array(layout.size);
  await saveCheckpoint(folder, 'latest', { step: 1, best: null, parameters, moment1, moment2: moment1 }, layout);
});
afterAll(() => rm(folder, { recursive: true }));

test('writes losses, similarities, logits and a gradient for every parameter, in their shapes', async () => {
  const out = await runStep(documented('U8'));
  const settings = { ...SETTINGS, maskId: loadTokenizer(at('tokenizer.json')).special.mask };
  const graph = gradientGraph(layout, (root) => pretraining(root, CONFIG, settings));
  const wanted = await runGraph(graph, feedsOf(graph, { ...BATCH, parameters: float32([layout.size], parameters) }));
  expect([...out.keys()].sort()).toEqual(
    [
      'loss.itc',
      'loss.itm',
      'loss.mim',
      'loss.mlm',
      'similarity',
      'itm_logits',
      ...layout.parameters.map(({ name }) => `grad.${name}`),
    ].sort(),
  );
  for (const [name, { dtype, shape, data }] of out) {
    expect([name, dtype, shape]).toEqual([name, 'F32', [...wanted[name]!.shape]]);
    for (const [i, value] of numbersOf(wanted[name]).entries()) expect(Number(data[i])).toBeCloseTo(value, 4);
  }
});

test('masks may come in any type of numbers', async () => {
  const [whole, floats] = [await runStep(documented('I64')), await runStep(documented('F32'))];
  for (const name of ['loss.mlm', 'loss.mim']) expect(floats.get(name)).toEqual(whole.get(name));
});

test('the mask of the picture may have a column for [CLS]', async () => {
  const batch = documented('F32');
  const wanted = await runStep(batch);
  const mask = numbersOf(BATCH.image_mask);
  const withCls = mask.flatMap((value, i) => (i % 9 === 0 ? [1, value] : [value]));
  const out = await runStep(
    batch.set('image_mask', { dtype: 'F32', shape: [3, 10], data: Float32Array.from(withCls) }),
  );
  expect(out.get('loss.mim')).toEqual(wanted.get('loss.mim'));
});

test('a recipe without a loss needs nothing for it and writes nothing of it', async () => {
  const batch = documented('F32');
  for (const name of ['negative_text', 'negative_image', 'image_mask']) batch.delete(name);
  const out = await runStep(batch, 'without-itm.yaml');
  expect([...out.keys()].filter((name) => !name.startsWith('grad.')).sort()).toEqual([
    'loss.itc',
    'loss.mlm',
    'similarity',
  ]);
});

describe('a batch that does not fit is refused by the name of the tensor', () => {
  const ids = (count: number, value: number): Tensor => ({
    dtype: 'I64',
    shape: [3, count],
    data: new BigInt64Array(3 * count).fill(BigInt(value)),
  });
  test.each<[string, (batch: Map<string, Tensor>) => void, RegExp]>([
    [
      'no pictures',
      (batch) => batch.delete('pixel_values'),
      /pixel_values in .*: expected shape \[3,3,12,12\], got none/,
    ],
    ['no texts', (batch) => batch.delete('input_ids'), /input_ids in .*: expected shape \[B,L\], got none/],
    [
      'a mask of another size',
      (batch) => batch.set('image_mask', ids(4, 1)),
      /image_mask in .*: expected shape \[3,9\], got \[3,4\]/,
    ],
    [
      'texts that are too long',
      (batch) => batch.set('input_ids', ids(9, 1)),
      /input_ids in .*: expected L of at most 8, got 9/,
    ],
    [
      'an id beyond the vocabulary',
      (batch) => batch.set('input_ids', ids(6, 270)),
      /input_ids in .*: expected whole numbers from 0 to 269, got 270/,
    ],
    [
      'an id below 0',
      (batch) => batch.set('input_ids', ids(6, -1)),
      /input_ids in .*: expected whole numbers from 0 to 269, got -1/,
    ],
    [
      'a negative that is not in the batch',
      (batch) => batch.set('negative_text', { dtype: 'I64', shape: [3], data: BigInt64Array.of(0n, 3n, 1n) }),
      /negative_text in .*: expected whole numbers from 0 to 2, got 3/,
    ],
    [
      'half precision',
      (batch) => batch.set('pixel_values', { dtype: 'F16', shape: [3, 3, 12, 12], data: new Uint16Array(1296) }),
      /pixel_values in .*: expected F32 or a type of whole numbers, got F16/,
    ],
  ])('%s', async (_, change, message) => {
    const batch = documented('F32');
    change(batch);
    await expect(runStep(batch)).rejects.toThrow(message);
  });
});
