import { cp, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { readBundle } from '../../../model/bundle/read-bundle.js';
import { type ExportOptions, exportBundle } from '../../../training/commands/export.js';
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
      restoring[0],
      'matcher',
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
    expect(await readFile(join(folder, 'bundle/manifest.json'), 'utf8')).not.toContain(folder);
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
