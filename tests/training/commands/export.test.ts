import { cp, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { parse, stringify } from 'yaml';
import type { PrecisionLoss } from '../../../model/bundle/precision-loss.js';
import { readBundle } from '../../../model/bundle/read-bundle.js';
import { readSafetensors } from '../../../model/safetensors/safetensors.js';
import { evaluate } from '../../../training/commands/evaluate.js';
import { type ExportOptions, exportBundle } from '../../../training/commands/export.js';
import { readMetrics } from '../../../training/run/metrics-log.js';
import { hear, temporaryFolder, tinyRecipe, train } from '../../fixtures/tiny-training.js';

let folder = '';
let run = '';
beforeAll(async () => {
  folder = await temporaryFolder();
  run = join(folder, 'run');
  const changes = { 'schedule.steps': 3, 'evaluate.every': 2, 'checkpoint.every': 1, 'checkpoint.keepSteps': true };
  expect(await train(await tinyRecipe(folder, changes), run)).toMatchObject({ status: 0 });
});

const exported = (name: string, options: Partial<ExportOptions> = {}) =>
  hear(() => exportBundle({ run, precision: 'fp32', out: join(folder, name), ...options }));

describe('a bundle', () => {
  test('says what it was made from, without a path of this machine', async () => {
    const { printed, error } = await exported('bundle', { checkpoint: 'latest' });
    expect(error).toBeUndefined();
    const { manifest } = await readBundle(join(folder, 'bundle'));
    expect(JSON.parse(printed)).toEqual({ name: 'bundle', id: manifest.id, steps: 3 });
    const tasks = ['retrieval', 'classify', 'reconstruct'];
    expect(manifest).toMatchObject({ family: 'maskvlm', tasks, text: { maxLength: 16 } });
    const restoring = ['image_reconstructor', 'text_reconstructor'];
    expect(Object.keys(manifest.graphs)).toEqual([
      'image_encoder',
      'image_preparer',
      restoring[0],
      'matcher',
      'prepared_matcher',
      'text_encoder',
      restoring[1],
    ]);
    expect(manifest.provenance).toMatchObject({
      steps: 3,
      seed: 1,
      data: [
        { use: 'train', pictures: 24 },
        { use: 'val', pictures: 8 },
      ],
    });
    expect(manifest.metrics).toMatchObject({ validation: { meanRecall: expect.any(Number) } });
    const parameters = await readSafetensors(join(run, 'checkpoints/latest/model.safetensors'));
    const [temperature] = parameters.get('temperature')!.data;
    expect(temperature).not.toBe(Math.fround(0.07));
    expect(manifest.itc).toEqual({ temperature });
    expect(await readFile(join(folder, 'bundle/manifest.json'), 'utf8')).not.toContain(folder);
  });

  test('of a run without ITM orders by ITC, and is not measured by anything else', async () => {
    const compared = { 'losses.itm': false, 'losses.mlm': false, 'losses.mim': false, 'schedule.steps': 1 };
    const recipe = await tinyRecipe(folder, compared);
    expect(await train(recipe, join(folder, 'compared'))).toMatchObject({ status: 0 });
    await exported('itc-only', { run: join(folder, 'compared') });
    const bundle = join(folder, 'itc-only');
    expect((await readBundle(bundle)).manifest).toMatchObject({
      tasks: ['retrieval', 'classify'],
      rerank: { candidates: 0 },
    });
    const { annotations, images } = parse(await readFile(recipe, 'utf8')).data.val[0];
    const entry = { format: 'karpathy', annotations, images, split: 'val' } as const;
    const measure = (score: 'itm' | 'itc') =>
      hear(() => evaluate({ task: 'retrieval', bundle, ...entry, kTest: 8, score, decode: 'greedy', threads: 1 }));
    expect((await measure('itm')).error?.message).toBe(
      '--score: expected itc (bundle itc-only was trained without ITM), got itm',
    );
    expect(JSON.parse((await measure('itc')).printed)).toMatchObject({ task: 'retrieval', images: 8 });
  });

  test.each([
    ['latest', 3],
    ['1', 1],
    ['step-000002', 2],
  ])('of checkpoint %s has %i steps', async (checkpoint, steps) => {
    const { printed } = await exported(`of-${checkpoint}`, { checkpoint });
    expect(JSON.parse(printed).steps).toBe(steps);
  });

  test('is of the best checkpoint where none is named', async () => {
    const state = JSON.parse(await readFile(join(run, 'checkpoints/best/state.json'), 'utf8'));
    expect(JSON.parse((await exported('of-none')).printed).steps).toBe(state.step);
  });

  test('needs no training data, nor the variable that says where it lies', async () => {
    const elsewhere = join(folder, 'elsewhere');
    await cp(run, elsewhere, { recursive: true });
    const recipe = await readFile(join(run, 'recipe.yaml'), 'utf8');
    const gone = recipe.replaceAll(/(annotations|images): .*/g, `$1: \${MASKVLM_DATA}/gone`);
    await writeFile(join(elsewhere, 'recipe.yaml'), gone);
    vi.stubEnv('MASKVLM_DATA', undefined);
    const { error } = await exported('portable', { run: elsewhere });
    vi.unstubAllEnvs();
    expect(error).toBeUndefined();
    expect(gone).toContain('MASKVLM_DATA');
  });
});

const rate = expect.any(Number);
const rates = { meanRecall: rate, textToImageR1: rate, imageToTextR1: rate, itcMeanRecall: rate };
const sizeOf = async (name: string) => {
  const graphs = (await readdir(join(folder, name))).filter((file) => /\.(onnx|bin)$/.test(file));
  const sizes = await Promise.all(graphs.map(async (file) => (await stat(join(folder, name, file))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
};

describe('in a reduced precision', () => {
  test.each<['fp16' | 'int8', number]>([
    ['fp16', 0.75],
    ['int8', 0.72],
  ])('%s is measured against fp32', async (precision, room) => {
    const { printed, said, error } = await exported(precision, { precision, threads: 1 });
    expect(error).toBeUndefined();
    const { manifest } = await readBundle(join(folder, precision));
    const loss = manifest.metrics.precision as unknown as PrecisionLoss;
    expect(loss).toEqual({
      ...{ precision, task: 'pretrain', examples: 8 },
      ...{ baseline: rates, reduced: rates, difference: rates },
    });
    expect(loss.difference.meanRecall).toBeCloseTo(loss.reduced.meanRecall! - loss.baseline.meanRecall!, 5);
    const r1 = ({ textToImageR1 }: PrecisionLoss['baseline']) => textToImageR1!;
    expect(r1(loss.difference)).toBeCloseTo(r1(loss.reduced) - r1(loss.baseline), 5);
    expect(manifest.provenance.precision).toBe(precision);
    expect(JSON.parse(printed)).toMatchObject({ name: precision, id: manifest.id, precision: loss });
    expect(said).toMatch(new RegExp(`^meanRecall on 8 examples: [\\d.]+ in fp32, [\\d.]+ in ${precision}\n$`));
    await exported('whole');
    expect((await sizeOf(precision)) / (await sizeOf('whole'))).toBeLessThan(room);
    expect((await readBundle(join(folder, 'whole'))).manifest).toMatchObject({ provenance: { precision: 'fp32' } });
  });

  test('says of fp32 what the run itself measured', async () => {
    await exported('measured', { precision: 'int8', checkpoint: '2', threads: 1 });
    const { baseline } = (await readBundle(join(folder, 'measured'))).manifest.metrics
      .precision as unknown as PrecisionLoss;
    const validation = (await readMetrics(run)).find((line) => line.step === 2 && line.validation)!.validation!;
    expect(validation).toEqual(baseline);
  });

  test('is measured on as many pictures as are asked for', async () => {
    await exported('limited', { precision: 'fp16', limit: 3, threads: 1 });
    expect((await readBundle(join(folder, 'limited'))).manifest.metrics.precision).toMatchObject({
      examples: 3,
    });
  });

  /** A copy of the run whose recipe has its data changed. */
  async function runWith(name: string, change: (data: Record<string, unknown>) => void): Promise<string> {
    const copy = join(folder, name);
    await cp(run, copy, { recursive: true });
    const recipe = parse(await readFile(join(copy, 'recipe.yaml'), 'utf8'));
    change(recipe.data);
    await writeFile(join(copy, 'recipe.yaml'), stringify(recipe));
    return copy;
  }
  const gone = (data: Record<string, unknown>) =>
    Object.assign(data, { val: [{ format: 'karpathy', annotations: '/gone.json', images: '/gone' }] });

  test.each<[string, (data: Record<string, unknown>) => void, string]>([
    ['is gone', gone, '"annotations: expected a readable file, got /gone.json (ENOENT)"'],
    [
      'was never there',
      (data) => Object.assign(data, { val: [] }),
      '"data.val of tiny: expected a data entry to measure on, got none"',
    ],
  ])('is refused where the validation data %s', async (name, change, got) => {
    const { error } = await exported('unmeasured', { run: await runWith(name, change), precision: 'int8' });
    expect(error?.message).toBe(
      `--precision int8: expected the validation data of the run, to measure what int8 costs (or --metrics FILE instead), got ${got}`,
    );
    expect(await readdir(folder)).not.toContain('unmeasured');
  });

  test('takes results of evaluate instead, and says so', async () => {
    const metrics = [join(folder, 'result.json')];
    await writeFile(metrics[0]!, JSON.stringify({ task: 'retrieval', images: 9, meanRecall: 12.5 }));
    const options = { run: await runWith('elsewhere-too', gone), precision: 'int8' as const, metrics };
    const { error, said } = await exported('instead', options);
    expect([error, said]).toEqual([
      undefined,
      'what int8 costs was not measured: annotations: expected a readable file, got /gone.json (ENOENT)\n',
    ]);
    const { manifest } = await readBundle(join(folder, 'instead'));
    expect(manifest.metrics).toEqual({ retrieval: { images: 9, meanRecall: 12.5 } });
    expect(manifest.provenance.precision).toBe('int8');
  });

  test('is not measured for a folder that will not be written', async () => {
    const { error, said } = await exported('run', { precision: 'int8' });
    expect(error?.message).toBe(
      `bundle ${run}: expected a new folder or an older bundle, got a folder with other files`,
    );
    expect(said).toBe('');
  });
});

describe('is refused', () => {
  test.each<[string, () => Partial<ExportOptions>, string]>([
    ['for a folder that is no run', () => ({ run: folder }), 'run folder: expected a folder with recipe.yaml, got '],
    [
      'for a checkpoint that is not there',
      () => ({ checkpoint: '7' }),
      'expected to exist, got only best, latest, step-000001, step-000002, step-000003',
    ],
  ])('%s', async (_, options, message) => {
    expect((await exported('refused', options())).error?.message).toContain(message);
  });

  test('for a run without a checkpoint', async () => {
    await rename(join(run, 'checkpoints'), join(run, 'hidden'));
    const { error } = await exported('refused');
    await rename(join(run, 'hidden'), join(run, 'checkpoints'));
    expect(error?.message).toBe(`checkpoint latest of ${run}: expected to exist, got no checkpoint`);
  });
});
