import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ExpectationError } from '../../model/errors.js';
import { asNoSpace } from '../../model/files/no-space-error.js';
import { syncFolder, writeAtomically } from '../../model/files/write-atomically.js';
import { readSafetensors, type Tensor, writeSafetensors } from '../../model/safetensors/safetensors.js';
import { type FlatLayout, viewOf } from '../step/flat-parameters.js';
import type { Weights } from '../step/stepper.js';
import { type CheckpointState, checkpointFolder, findCheckpoint, readCheckpointState } from './find-checkpoint.js';

/** Everything that changes from step to step, as flat buffers [P]. */
export interface TrainingState extends CheckpointState, Weights {}

function named(buffer: Float32Array, layout: FlatLayout, prefix = ''): [string, Tensor][] {
  return layout.parameters.map((parameter) => [
    prefix + parameter.name,
    { dtype: 'F32', shape: [...parameter.shape], data: viewOf(buffer, parameter) },
  ]);
}

async function writeFiles(folder: string, state: TrainingState, layout: FlatLayout): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeSafetensors(join(folder, 'model.safetensors'), new Map(named(state.parameters, layout)));
  const moments = [...named(state.moment1, layout, 'moment1.'), ...named(state.moment2, layout, 'moment2.')];
  await writeSafetensors(join(folder, 'optimizer.safetensors'), new Map(moments));
  const { step, best } = state;
  await writeAtomically(join(folder, 'state.json'), `${JSON.stringify({ step, best }, null, 2)}\n`);
}

/**
 * Writes checkpoint `name` of a run: a whole folder appears at once, and an older one of that name goes only then. Throws a
 * NoSpaceError when the disk is full; the older one stays, and what was written goes.
 */
export async function saveCheckpoint(
  run: string,
  name: string,
  state: TrainingState,
  layout: FlatLayout,
): Promise<void> {
  const folder = checkpointFolder(run, name);
  const fresh = `${folder}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    await writeFiles(fresh, state, layout);
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    const bytes = state.parameters.byteLength + state.moment1.byteLength + state.moment2.byteLength;
    throw await asNoSpace(error, `checkpoint ${folder}`, run, bytes);
  }
  const old = `${folder}.${randomBytes(4).toString('hex')}.old`;
  await rename(folder, old).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  await rename(fresh, folder);
  await syncFolder(join(run, 'checkpoints'));
  await rm(old, { recursive: true, force: true });
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
  const parameters = await readCheckpointParameters(folder, layout);
  const [moment1, moment2] = [new Float32Array(layout.size), new Float32Array(layout.size)];
  const optimizer = join(folder, 'optimizer.safetensors');
  const moments = await readSafetensors(optimizer);
  fill(moment1, moments, layout, optimizer, 'moment1.');
  fill(moment2, moments, layout, optimizer, 'moment2.');
  return { ...(await readCheckpointState(folder)), parameters, moment1, moment2 };
}
