import { cp, mkdir, readdir, rename, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { readSafetensors, writeSafetensors } from '../../../model/safetensors/safetensors.js';
import { loadCheckpoint, saveCheckpoint, type TrainingState } from '../../../training/run/checkpoint.js';
import {
  clearLeftovers,
  findBestCheckpoint,
  findCheckpoint,
  findCheckpoints,
  readCheckpointState,
} from '../../../training/run/find-checkpoint.js';
import { flatLayout } from '../../../training/step/flat-parameters.js';
import { checkpointBytes, temporaryFolder } from '../../fixtures/tiny-training.js';

const zeros = { kind: 'constant', value: 0 } as const;
const layout = flatLayout([
  { name: 'itm_head.weight', shape: [2, 3], initializer: zeros },
  { name: 'itm_head.bias', shape: [2], initializer: zeros },
]);
const stateAt = (step: number): TrainingState => ({
  step,
  best: { step: 1, metric: 12.5 },
  parameters: Float32Array.from({ length: 8 }, (_, i) => step + i / 8),
  moment1: new Float32Array(8).fill(step * 2),
  moment2: new Float32Array(8).fill(step * 3),
});

let run = '';
const at = (...names: string[]) => join(run, 'checkpoints', ...names);
beforeEach(async () => {
  run = await temporaryFolder();
});

describe('a checkpoint', () => {
  test('is read as it was written, and its bytes depend on nothing else', async () => {
    await saveCheckpoint(run, 'latest', stateAt(3), layout);
    await saveCheckpoint(run, 'step-000003', stateAt(3), layout);
    expect(await loadCheckpoint(run, 'latest', layout)).toEqual(stateAt(3));
    expect(await checkpointBytes(run, 'latest')).toEqual(await checkpointBytes(run, 'step-000003'));
  });

  test('is replaced as a whole and leaves nothing behind', async () => {
    await saveCheckpoint(run, 'latest', stateAt(3), layout);
    await saveCheckpoint(run, 'latest', stateAt(4), layout);
    expect((await loadCheckpoint(run, 'latest', layout)).step).toBe(4);
    expect(await readdir(at())).toEqual(['latest']);
    expect((await readdir(at('latest'))).sort()).toEqual(['model.safetensors', 'optimizer.safetensors', 'state.json']);
  });

  test('stays as it was when the next one cannot be written', async () => {
    await saveCheckpoint(run, 'latest', stateAt(3), layout);
    const broken = { ...stateAt(4), moment2: new Float32Array(3) };
    await expect(saveCheckpoint(run, 'latest', broken, layout)).rejects.toThrow('moment2');
    expect((await loadCheckpoint(run, 'latest', layout)).step).toBe(3);
  });
});

describe('finding', () => {
  test.each([
    ['latest', 'latest'],
    ['12', 'step-000012'],
    ['step-000012', 'step-000012'],
  ])('%s gives its folder', async (name, folder) => {
    await saveCheckpoint(run, 'latest', stateAt(13), layout);
    await saveCheckpoint(run, 'step-000012', stateAt(12), layout);
    expect(await findCheckpoint(run, name)).toBe(at(folder));
  });

  test('what is missing throws and names what there is', async () => {
    await expect(findCheckpoint(run, 'best')).rejects.toThrow(
      `checkpoint best of ${run}: expected to exist, got no checkpoint`,
    );
    await saveCheckpoint(run, 'latest', stateAt(1), layout);
    await mkdir(at('best.0123abcd.tmp'));
    await expect(findCheckpoint(run, 'best')).rejects.toThrow('got only latest');
    await expect(findCheckpoint(run, '../checkpoints/latest')).rejects.toThrow('got only latest');
  });

  test('the best falls back to the latest', async () => {
    await saveCheckpoint(run, 'latest', stateAt(1), layout);
    expect(await findBestCheckpoint(run)).toBe(at('latest'));
    await saveCheckpoint(run, 'best', stateAt(1), layout);
    expect(await findBestCheckpoint(run)).toBe(at('best'));
  });
});

describe('after a crash', () => {
  /** As a process killed between the two renames of a save leaves it, with an older crash's leftover besides. */
  async function crashBetweenRenames() {
    await saveCheckpoint(run, 'latest', stateAt(2), layout);
    await rename(at('latest'), at('latest.ffffffff.old'));
    await saveCheckpoint(run, 'latest', stateAt(1), layout);
    await rename(at('latest'), at('latest.00000000.old'));
    await mkdir(at('latest.11111111.tmp'));
  }

  test('the newest state is found where the save left it, and nothing is moved by looking', async () => {
    await crashBetweenRenames();
    expect(await findCheckpoint(run, 'latest')).toBe(at('latest.ffffffff.old'));
    expect((await loadCheckpoint(run, 'latest', layout)).step).toBe(2);
    expect(await readdir(at())).toHaveLength(3);
  });

  test('clearing puts it back and removes the rest', async () => {
    await crashBetweenRenames();
    await writeFile(join(run, '.metrics.jsonl.0123456789ab.tmp'), '');
    await writeFile(join(run, 'recipe.yaml'), '');
    await clearLeftovers(run);
    expect(await readdir(at())).toEqual(['latest']);
    expect((await loadCheckpoint(run, 'latest', layout)).step).toBe(2);
    expect((await readdir(run)).sort()).toEqual(['checkpoints', 'recipe.yaml']);
  });

  test('clearing keeps a finished checkpoint over an older one that was about to go', async () => {
    await saveCheckpoint(run, 'latest', stateAt(2), layout);
    await cp(at('latest'), at('latest.ffffffff.old'), { recursive: true });
    await saveCheckpoint(run, 'latest', stateAt(3), layout);
    await clearLeftovers(run);
    expect(await readdir(at())).toEqual(['latest']);
    expect((await loadCheckpoint(run, 'latest', layout)).step).toBe(3);
  });

  test('a run that never saved has no checkpoint', async () => {
    await mkdir(at('latest.11111111.tmp'), { recursive: true });
    expect((await findCheckpoints(run)).size).toBe(0);
  });
});

describe('a broken checkpoint is refused by file and tensor', () => {
  const model = () => at('latest', 'model.safetensors');
  const rewrite = async (file: string, change: (tensors: Awaited<ReturnType<typeof readSafetensors>>) => void) => {
    const tensors = await readSafetensors(file);
    change(tensors);
    await writeSafetensors(file, tensors);
  };
  test.each<[string, () => Promise<unknown>, string[]]>([
    [
      'a tensor is missing',
      () => rewrite(model(), (all) => all.delete('itm_head.bias')),
      ['itm_head.bias', 'model.safetensors', 'F32 [2]', 'none'],
    ],
    [
      'a shape is wrong',
      () =>
        rewrite(model(), (all) => all.set('itm_head.bias', { dtype: 'F32', shape: [3], data: new Float32Array(3) })),
      ['itm_head.bias', 'model.safetensors', 'F32 [3]'],
    ],
    [
      'a type is wrong',
      () => rewrite(model(), (all) => all.set('itm_head.bias', { dtype: 'I32', shape: [2], data: new Int32Array(2) })),
      ['itm_head.bias', 'I32 [2]'],
    ],
    [
      'a moment is missing',
      () => rewrite(at('latest', 'optimizer.safetensors'), (all) => all.delete('moment2.itm_head.weight')),
      ['moment2.itm_head.weight', 'optimizer.safetensors'],
    ],
    ['a file is cut off', () => truncate(model(), 150), ['model.safetensors', 'itm_head']],
    ['state.json is cut off', () => truncate(at('latest', 'state.json'), 5), ['state.json', 'step']],
    ['state.json has no step', () => writeFile(at('latest', 'state.json'), '{"step":"3"}'), ['state.json', 'step']],
  ])('%s', async (_, spoil, parts) => {
    await saveCheckpoint(run, 'latest', stateAt(3), layout);
    await spoil();
    const message = await loadCheckpoint(run, 'latest', layout).then(
      () => 'loaded',
      (error: Error) => error.message,
    );
    for (const part of [...parts, ': expected ', ', got ']) expect(message).toContain(part);
  });

  test('a folder without state.json', async () => {
    await expect(readCheckpointState(run)).rejects.toThrow('state.json: expected a readable file, got ENOENT');
  });
});
