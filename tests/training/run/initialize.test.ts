// Where parameters begin: drawn afresh, or taken from a run or a bundle.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { saveCheckpoint } from '../../../training/run/checkpoint.js';
import { initialParameters, loadParameters, readParameters } from '../../../training/run/initialize.js';
import { viewOf } from '../../../training/step/flat-parameters.js';
import { layoutOf, SMALL, trainedParameters } from '../../fixtures/small-pretraining.js';
import { TINY, tinyBundle } from '../../fixtures/tiny-bundle.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskvlm-initialize-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('fresh parameters', () => {
  const layout = layoutOf(TINY);
  const buffer = initialParameters(layout, 1, 0.02);

  test.each([0.02, 0.09])(
    'are normal within two deviations of %d, norms 1, biases 0, the temperature 0.07',
    (wanted) => {
      const buffer = initialParameters(layout, 1, wanted);
      for (const parameter of layout.parameters) {
        const values = [...viewOf(buffer, parameter)];
        if (parameter.initializer.kind === 'constant') {
          const value =
            parameter.name === 'temperature' ? Math.fround(0.07) : /norm\d?\.weight$/.test(parameter.name) ? 1 : 0;
          expect([parameter.name, ...new Set(values)]).toEqual([parameter.name, value]);
        } else expect(Math.max(...values.map(Math.abs)), parameter.name).toBeLessThanOrEqual(Math.fround(2 * wanted));
      }
      const words = viewOf(
        buffer,
        layout.parameters.find(({ name }) => name === 'text_encoder.word_embeddings.weight')!,
      );
      const deviation = Math.sqrt(words.reduce((sum, x) => sum + x * x, 0) / words.length);
      // A normal cut at two deviations has 0.88 of its deviation.
      expect(deviation / wanted).toBeCloseTo(0.88, 1);
    },
  );

  test('depend on the seed and their name alone', () => {
    expect(initialParameters(layout, 1, 0.02)).toEqual(buffer);
    expect(initialParameters(layout, 2, 0.02)).not.toEqual(buffer);
    const [turned, name] = [layoutOf({ ...TINY, crossDepth: 2 }), 'text_encoder.blocks.0.mlp.fc1.weight'];
    const find = ({ parameters }: typeof layout) => parameters.find((parameter) => parameter.name === name)!;
    expect(viewOf(initialParameters(turned, 1, 0.02), find(turned))).toEqual(viewOf(buffer, find(layout)));
  });
});

test('a bundle gives back the parameters it was made of, and nothing else', async () => {
  const layout = layoutOf(TINY);
  const source = await readParameters(await tinyBundle(1));
  const buffer = new Float32Array(layout.size).fill(7);
  const { loaded, missing, unexpected } = loadParameters(buffer, layout, source);
  expect(unexpected).toEqual([]);
  for (const name of missing)
    expect(name).toMatch(/^(image_encoder\.mask_token|image_decoder\..*|token_classifier\..*|temperature)$/);
  expect(loaded.length + missing.length).toBe(layout.parameters.length);
  const original = initialParameters(layout, 1, 0.02);
  for (const parameter of layout.parameters) {
    const expected = loaded.includes(parameter.name)
      ? viewOf(original, parameter)
      : new Float32Array(parameter.size).fill(7);
    expect(viewOf(buffer, parameter), parameter.name).toEqual(expected);
  }
});

describe('a run', () => {
  const layout = layoutOf(SMALL);
  const state = (seed: number) => ({
    step: seed,
    best: null,
    parameters: trainedParameters(layout, seed),
    moment1: new Float32Array(layout.size),
    moment2: new Float32Array(layout.size),
  });

  test('gives its best checkpoint, else its latest', async () => {
    const run = join(folder, 'run');
    const itmWeights = async () => (await readParameters(run)).get('itm_head.weight')!.data;
    const itm = layout.parameters.find(({ name }) => name === 'itm_head.weight')!;
    await saveCheckpoint(run, 'latest', state(2), layout);
    expect(await itmWeights()).toEqual(viewOf(trainedParameters(layout, 2), itm));
    await saveCheckpoint(run, 'best', state(1), layout);
    expect(await itmWeights()).toEqual(viewOf(trainedParameters(layout, 1), itm));
  });

  test('of another size fits where shapes agree, and the rest is named', async () => {
    const run = join(folder, 'deeper');
    await saveCheckpoint(run, 'latest', state(1), layout);
    const other = layoutOf({ ...SMALL, crossDepth: 1, decoderDepth: 3, embedding: 4 });
    const report = loadParameters(new Float32Array(other.size), other, await readParameters(run));
    expect(report.missing.filter((name) => !name.startsWith('image_decoder.blocks.2.')).sort()).toEqual([
      'image_projection.bias',
      'image_projection.weight',
      'text_projection.bias',
      'text_projection.weight',
    ]);
    expect(report.unexpected.every((name) => /^(image|text)_cross_encoder\.blocks\.1\./.test(name))).toBe(true);
    expect(report.unexpected).toHaveLength(40);
  });
});

test('what is neither a run nor a bundle is refused', async () => {
  await expect(readParameters(join(folder, 'nothing'))).rejects.toThrow(/nothing/);
});
