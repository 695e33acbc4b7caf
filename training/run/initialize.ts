import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { createRng } from '../../model/random.js';
import { readSafetensors } from '../../model/safetensors/safetensors.js';
import { type FlatLayout, viewOf } from '../step/flat-parameters.js';
import { readBundleParameters } from '../weights/bundle-parameters.js';
import { fitPositions } from '../weights/fit-positions.js';
import type { Floats } from '../weights/floats.js';
import type { PositionResampling } from '../weights/resample-positions.js';
import { findBestCheckpoint } from './find-checkpoint.js';

/**
 * Fresh parameters [P]: each drawn from a stream of its own, so that adding one changes no other. `deviation` is the standard deviation
 * of weights and embeddings.
 */
export function initialParameters(layout: FlatLayout, seed: number, deviation: number): Float32Array {
  const buffer = new Float32Array(layout.size);
  for (const parameter of layout.parameters) {
    const view = viewOf(buffer, parameter);
    const { initializer, name } = parameter;
    if (initializer.kind === 'constant') view.fill(initializer.value);
    else {
      const rng = createRng(seed, 'parameter', name);
      for (let i = 0; i < view.length; i++) view[i] = deviation * truncatedNormal(() => rng.normal());
    }
  }
  return buffer;
}

/** A normal number within two standard deviations. */
function truncatedNormal(normal: () => number): number {
  for (;;) {
    const x = normal();
    if (Math.abs(x) <= 2) return x;
  }
}

/** What an initialisation found. */
export interface InitReport {
  loaded: string[];
  /** Parameters that the source lacks or has in another shape: they keep their fresh values. */
  missing: string[];
  /** Tensors of the source that the model has no parameter for. */
  unexpected: string[];
  /** Of the missing, those that the source has in another shape. */
  misfits: { name: string; wanted: readonly number[]; got: readonly number[] }[];
  /** Of the loaded, tables of positions of another length, and what was done to them. */
  fitted: { name: string; note: string }[];
}

/** The parameters of a run (its best checkpoint, else its latest) or of a bundle, by name. Throws when `source` is neither. */
export async function readParameters(source: string): Promise<Map<string, Floats>> {
  const isRun = await access(join(source, 'checkpoints')).then(
    () => true,
    () => false,
  );
  if (!isRun) return readBundleParameters(source);
  const tensors = await readSafetensors(join(await findBestCheckpoint(source), 'model.safetensors'));
  return new Map(
    [...tensors].flatMap(([name, tensor]) =>
      tensor.dtype === 'F32' ? [[name, { shape: tensor.shape, data: tensor.data }] as const] : [],
    ),
  );
}

/**
 * Copies what `source` has for the parameters of `layout` over the fresh `buffer` [P] and reports it. Position embeddings of another
 * grid or length are fitted, see {@link fitPositions}.
 */
export function loadParameters(
  buffer: Float32Array,
  { parameters }: Pick<FlatLayout, 'parameters'>,
  source: ReadonlyMap<string, Floats>,
  resampling: PositionResampling = 'pytorch',
): InitReport {
  const report: InitReport = { loaded: [], missing: [], unexpected: [], misfits: [], fitted: [] };
  for (const parameter of parameters) {
    const { name, shape } = parameter;
    const tensor = source.get(name);
    const same = tensor && `${tensor.shape}` === `${shape}`;
    const fitted = tensor && !same ? fitPositions(name, tensor, shape, resampling) : null;
    if (fitted) report.fitted.push({ name, note: fitted.note });
    if (same || fitted) {
      viewOf(buffer, parameter).set(fitted?.data ?? tensor!.data);
      report.loaded.push(name);
    } else report.missing.push(name);
    if (tensor && !same && !fitted) report.misfits.push({ name, wanted: shape, got: tensor.shape });
  }
  const known = new Set(parameters.map(({ name }) => name));
  report.unexpected = [...source.keys()].filter((name) => !known.has(name));
  return report;
}
