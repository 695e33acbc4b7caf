import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { HostedIndex } from '../../../server/index/hosted-index.js';
import { DEFAULT_INDEX_SETTINGS } from '../../../server/index/live-index.js';
import { tempDir } from '../../fixtures/temp-dir.js';
import { clusteredVectors, stacked } from './clustered-vectors.js';

test('a file that could not be written is written at the next occasion, though nothing has changed', async () => {
  const dir = await tempDir();
  const warnings: string[] = [];
  const settings = { ...DEFAULT_INDEX_SETTINGS, exactLimit: 50 };
  const index = new HostedIndex(dir, '1-image', 'source', 8, settings, (warning) => warnings.push(warning));
  const labels = Array.from({ length: 100 }, (_, i) => i + 1);
  index.fill(
    labels,
    labels.map(() => 1),
    stacked(labels.map(clusteredVectors(1, 8, 3))),
  );
  await index.ready(1);
  while (index.live.busy) index.live.step(50);
  const inTheWay = join(dir, '1-image.hnsw.tmp');
  await mkdir(inTheWay);
  await index.save();
  expect(warnings).toEqual([expect.stringMatching(/; the index file was not written$/)]);
  await rm(inTheWay, { recursive: true });
  await index.save();
  expect((await readdir(dir)).sort()).toEqual(['1-image.hnsw', '1-image.json']);
  expect(warnings).toHaveLength(1);
});
