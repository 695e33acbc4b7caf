import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { bundleFiles } from '../../model/bundle/manifest.js';
import type { Bundle } from '../../model/bundle/read-bundle.js';

/** Bytes of models up to which a second worker is worth the memory: it holds all of them once more. */
const SMALL = 512 * 2 ** 20;

/**
 * How many inference workers suit these bundles: two where they are small. Two batches side by side keep the cores busy as the threads of
 * one batch cannot, which have too little to share in the matrices of a small model.
 */
export async function defaultWorkers(bundles: readonly Bundle[]): Promise<number> {
  const files = bundles.flatMap(({ dir, manifest }) => bundleFiles(manifest).map(({ file }) => join(dir, file)));
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  const isSmall = sizes.reduce((sum, size) => sum + size, 0) <= SMALL;
  return isSmall ? Math.min(2, availableParallelism()) : 1;
}
