import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readBundle } from '../../model/bundle/read-bundle.js';
import { readOnnx } from '../../model/onnx/read-onnx.js';
import { readSafetensors } from '../../model/safetensors/safetensors.js';
import { createRng } from '../random.js';
import { type FlatLayout, viewOf } from '../step/flat-parameters.js';
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
}

interface Floats {
  shape: readonly number[];
  data: Float32Array;
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

async function readBundleParameters(source: string): Promise<Map<string, Floats>> {
  const bundle = await readBundle(source);
  const found = new Map<string, Floats>();
  for (const role of Object.keys(bundle.manifest.graphs)) {
    const file = bundle.graphFile(role);
    for (const { name, dtype, shape, data } of readOnnx(await readFile(file), file).initializers) {
      // Parameters have dotted names; constants and small tensors of the graph slashed ones.
      if (dtype !== 1 || !data || name.includes('/')) continue;
      // A copy: the bytes inside the file need not be aligned. Not slice(), which a Buffer answers with a view.
      found.set(name, { shape: shape as number[], data: new Float32Array(new Uint8Array(data).buffer) });
    }
  }
  return found;
}

/** Copies what `source` has over the fresh `buffer` [P] and reports it. */
export function loadParameters(
  buffer: Float32Array,
  layout: FlatLayout,
  source: ReadonlyMap<string, Floats>,
): InitReport {
  const report: InitReport = { loaded: [], missing: [], unexpected: [] };
  for (const parameter of layout.parameters) {
    const tensor = source.get(parameter.name);
    if (tensor && `${tensor.shape}` === `${parameter.shape}`) {
      viewOf(buffer, parameter).set(tensor.data);
      report.loaded.push(parameter.name);
    } else report.missing.push(parameter.name);
  }
  const known = new Set(layout.parameters.map(({ name }) => name));
  report.unexpected = [...source.keys()].filter((name) => !known.has(name));
  return report;
}
