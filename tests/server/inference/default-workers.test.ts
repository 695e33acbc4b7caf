import { mkdtemp, open, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Bundle } from '../../../model/bundle/read-bundle.js';
import { defaultWorkers } from '../../../server/inference/default-workers.js';

/** A bundle of one graph of that many bytes, which take no room on the disk. */
async function bundleOf(bytes: number): Promise<Bundle> {
  const dir = await mkdtemp(join(tmpdir(), 'maskvlm-workers-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  for (const [file, size] of [
    ['matcher.onnx', bytes],
    ['tokenizer.json', 10],
  ] as const) {
    const handle = await open(join(dir, file), 'w');
    await handle.truncate(size);
    await handle.close();
  }
  const manifest = { graphs: { matcher: { file: 'matcher.onnx' } }, tokenizer: { file: 'tokenizer.json' } };
  return { dir, manifest } as unknown as Bundle;
}

test.each([
  { name: 'small', sizes: [10e6, 20e6], workers: Math.min(2, availableParallelism()) },
  { name: 'large', sizes: [1e9], workers: 1 },
  { name: 'large together', sizes: [300e6, 300e6], workers: 1 },
])('bundles that are $name', async ({ sizes, workers }) => {
  expect(await defaultWorkers(await Promise.all(sizes.map(bundleOf)))).toBe(workers);
});
