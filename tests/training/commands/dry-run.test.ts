// What a run would take, against numbers worked out by hand, and that nothing is left behind.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { dryRun } from '../../../training/run/dry-run.js';
import { maskvlm } from '../../fixtures/command-line.js';
import { tinyFinetuning } from '../../fixtures/tiny-tasks.js';
import { temporaryFolder, tinyRecipe, train } from '../../fixtures/tiny-training.js';

let folder = '';
let recipe = '';
beforeAll(async () => {
  folder = await temporaryFolder();
  recipe = await tinyRecipe(folder);
});

const said: string[] = [];
const ask = (set: string[] = [], options: object = {}) => {
  said.length = 0;
  return dryRun({ task: 'pretrain', recipe, set, say: (text) => said.push(text), ...options });
};
const ABSENT = ['data.train.0.annotations=/none/captions.json', 'schedule.epochs=3'];

describe('the command', () => {
  test('prints one JSON object, with the time where a rate is given, and makes no file', async () => {
    const before = await readdir(folder);
    const args = ['pretrain', '--recipe', recipe, '--dry-run', '--tflops', '0.001', '--set', 'schedule.batchSize=8'];
    const { status, stdout, stderr } = await maskvlm(args, { cwd: folder });
    expect([status, stderr]).toEqual([0, '']);
    const found = JSON.parse(stdout);
    expect(found).toMatchObject({ recipe: 'tiny', task: 'pretrain', batch: 8, steps: 8, tflops: 0.001 });
    expect(found.gflopPerStep / found.gflopPerSample).toBeCloseTo(8, 2);
    // 8 steps at 1 GFLOP/s.
    expect(found.hours).toBeCloseTo((8 * found.gflopPerStep) / 3600, 6);
    expect(found.days / found.hours).toBeCloseTo(1 / 24, 3);
    expect(await readdir(folder)).toEqual(before);
  });

  test.each<[string, string[], string]>([
    ['no rate', ['--dry-run', '--tflops', '0'], 'expected a number above 0, got 0'],
    ['a rate without it', ['--out', 'o', '--tflops', '5'], 'error: --tflops: expected --dry-run beside it, got none'],
  ])('%s is wrong usage', async (_name, args, message) => {
    const { status, stderr } = await maskvlm(['pretrain', '--recipe', recipe, ...args], { cwd: folder });
    expect(stderr).toContain(message);
    expect(status).toBe(2);
  });
});

describe('the length of the run', () => {
  test('is the steps of the recipe; epochs follow where an epoch is stated', async () => {
    expect(await ask()).toMatchObject({ steps: 8 });
    expect(await ask()).not.toHaveProperty('epochs');
    expect(await ask(['schedule.samplesPerEpoch=16'])).toMatchObject({ steps: 8, samplesPerEpoch: 16, epochs: 2 });
  });

  test('is what its epochs take of the data, whatever is stated', async () => {
    const set = ['schedule.epochs=3', 'schedule.samplesPerEpoch=1000'];
    expect(await ask(set)).toMatchObject({ steps: 18, samplesPerEpoch: 24, epochs: 3 });
    expect(said).toEqual([]);
    expect(await ask([...set, 'data.visit=caption'])).toMatchObject({ steps: 90, samplesPerEpoch: 120 });
  });

  test('is what its epochs take of the stated samples where the data is not there', async () => {
    const found = await ask([...ABSENT, 'schedule.samplesPerEpoch=1000']);
    expect(found).toMatchObject({ steps: 750, samplesPerEpoch: 1000, epochs: 3 });
    expect(said.join()).toMatch(/captions\.json.*ENOENT.*1,000 samples of schedule\.samplesPerEpoch/);
  });

  test('is unknown where neither is there', async () => {
    await expect(ask(ABSENT)).rejects.toThrow(
      /^--dry-run: expected data, schedule.samplesPerEpoch or schedule.steps, got .*ENOENT/,
    );
  });
});

describe('the model', () => {
  test('has the parameters that training reports', async () => {
    const { parameters } = await ask();
    const { said: told } = await train(recipe, join(folder, 'run'), { stopAfter: 1 });
    expect(told).toContain(`: ${parameters.toLocaleString('en')} parameters`);
  });

  test('takes the tokens of its preset where the tokenizer is not there, and says so', async () => {
    const { parameters } = await ask(['tokenizer.file=/none/tokenizer.json']);
    expect(said.join()).toContain('/none/tokenizer.json is not there: 512 tokens');
    expect(parameters).toBe((await ask(['tokenizer.vocabSize=512'])).parameters);
  });

  test('of a fine-tuning is that of --init', async () => {
    const init = join(folder, 'run');
    const tuned = { task: 've', recipe: await tinyFinetuning(folder, 've'), init };
    const here = await ask([], tuned);
    expect(here).toMatchObject({ recipe: 'tiny-ve', task: 've', batch: 4, steps: 4 });
    const doubled = await ask(['model={image: {size: 64}}'], tuned);
    expect(doubled.gflopPerSample).toBeGreaterThan(2 * here.gflopPerSample);
  });
});

describe('memory', () => {
  test('is the sum of its parts, parameters and both moments among them', async () => {
    const { memory, parameters } = await ask();
    const { totalGiB, ...parts } = memory;
    expect(Object.values(parts).reduce((a, b) => a + b)).toBeCloseTo(totalGiB, 5);
    expect(parts.parametersGiB * 2 ** 30).toBeCloseTo(4 * parameters, -2);
    expect(parts.momentsGiB).toBeCloseTo(2 * parts.parametersGiB, 6);
  });

  test('grows with the batch by its activations alone', async () => {
    const [few, many] = [await ask(['schedule.batchSize=32']), await ask(['schedule.batchSize=64'])];
    expect(many.memory.parametersGiB).toBe(few.memory.parametersGiB);
    expect(many.memory.activationsGiB / few.memory.activationsGiB).toBeCloseTo(2, 0);
  });
});
