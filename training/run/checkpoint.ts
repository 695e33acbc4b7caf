import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ExpectationError } from '../../model/errors.js';
import { syncFolder, writeAtomically } from '../../model/files/write-atomically.js';
import { readSafetensors, type Tensor, writeSafetensors } from '../../model/safetensors/safetensors.js';
import { type FlatLayout, viewOf } from '../step/flat-parameters.js';

/** Everything that changes from step to step, as flat buffers [P]. */
export interface TrainingState {
  /** Steps done. */
  step: number;
  parameters: Float32Array;
  moment1: Float32Array;
  moment2: Float32Array;
  /** The best validation result so far and the step it belongs to. */
  best: { step: number; metric: number } | null;
}

const folderOf = (run: string, name: string) => join(run, 'checkpoints', name);
export const stepName = (step: number): string => `step-${String(step).padStart(6, '0')}`;

function named(buffer: Float32Array, layout: FlatLayout, prefix = ''): [string, Tensor][] {
  return layout.parameters.map((parameter) => [
    prefix + parameter.name,
    { dtype: 'F32', shape: [...parameter.shape], data: viewOf(buffer, parameter) },
  ]);
}

/** Writes checkpoint `name` of a run: a whole folder appears at once, and an older one of that name goes only then. */
export async function saveCheckpoint(
  run: string,
  name: string,
  state: TrainingState,
  layout: FlatLayout,
): Promise<void> {
  const folder = folderOf(run, name);
  const fresh = `${folder}.${randomBytes(4).toString('hex')}.tmp`;
  await mkdir(fresh, { recursive: true });
  await writeSafetensors(join(fresh, 'model.safetensors'), new Map(named(state.parameters, layout)));
  const moments = [...named(state.moment1, layout, 'moment1.'), ...named(state.moment2, layout, 'moment2.')];
  await writeSafetensors(join(fresh, 'optimizer.safetensors'), new Map(moments));
  await writeAtomically(
    join(fresh, 'state.json'),
    `${JSON.stringify({ step: state.step, best: state.best }, null, 2)}\n`,
  );
  const old = `${folder}.${randomBytes(4).toString('hex')}.old`;
  await rename(folder, old).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  await rename(fresh, folder);
  await syncFolder(join(run, 'checkpoints'));
  await rm(old, { recursive: true, force: true });
}

/**
 * The folder of a run's checkpoint `best`, `latest` or a step's number. A run killed between the two renames of a save has its newest
 * state under a temporary name: it is put back. Throws, naming what there is, when the checkpoint is missing.
 */
export async function findCheckpoint(run: string, name: string): Promise<string> {
  const wanted = /^\d+$/.test(name) ? stepName(Number(name)) : name;
  const root = join(run, 'checkpoints');
  const present = await readdir(root).catch(() => [] as string[]);
  if (!present.includes(wanted)) {
    const stray = present.find((entry) => entry.startsWith(`${wanted}.`) && entry.endsWith('.old'));
    if (!stray) {
      const shown = present.filter((entry) => !/\.(tmp|old)$/.test(entry));
      throw new ExpectationError(
        `checkpoint ${wanted} of ${run}`,
        'to exist',
        shown.length > 0 ? `only ${shown.join(', ')}` : 'no checkpoint',
      );
    }
    await rename(join(root, stray), join(root, wanted));
  }
  return join(root, wanted);
}

function fill(
  buffer: Float32Array,
  tensors: ReadonlyMap<string, Tensor>,
  layout: FlatLayout,
  file: string,
  prefix = '',
): void {
  for (const parameter of layout.parameters) {
    const tensor = tensors.get(prefix + parameter.name);
    const got = tensor ? `${tensor.dtype} [${tensor.shape}]` : 'none';
    if (tensor?.dtype !== 'F32' || `${tensor.shape}` !== `${parameter.shape}`) {
      throw new ExpectationError(`${prefix}${parameter.name} in ${file}`, `F32 [${parameter.shape}]`, got);
    }
    viewOf(buffer, parameter).set(tensor.data);
  }
}

/** The parameters [P] of a checkpoint folder. Throws, naming file and tensor, where one is missing or of another shape. */
export async function readCheckpointParameters(folder: string, layout: FlatLayout): Promise<Float32Array> {
  const file = join(folder, 'model.safetensors');
  const buffer = new Float32Array(layout.size);
  fill(buffer, await readSafetensors(file), layout, file);
  return buffer;
}

/** Reads a checkpoint for resuming: every parameter and moment must be there. Throws, naming file and tensor, where one is not. */
export async function loadCheckpoint(run: string, name: string, layout: FlatLayout): Promise<TrainingState> {
  const folder = await findCheckpoint(run, name);
  const buffer = () => new Float32Array(layout.size);
  const parameters = await readCheckpointParameters(folder, layout);
  const state: TrainingState = { step: 0, parameters, moment1: buffer(), moment2: buffer(), best: null };
  const optimizer = join(folder, 'optimizer.safetensors');
  const moments = await readSafetensors(optimizer);
  fill(state.moment1, moments, layout, optimizer, 'moment1.');
  fill(state.moment2, moments, layout, optimizer, 'moment2.');
  return {
    ...state,
    ...(JSON.parse(await readFile(join(folder, 'state.json'), 'utf8')) as Pick<TrainingState, 'step' | 'best'>),
  };
}
