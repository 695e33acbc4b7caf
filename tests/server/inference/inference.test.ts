import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { Manifest } from '../../../model/bundle/manifest.js';
import { readBundle } from '../../../model/bundle/read-bundle.js';
import { openInference } from '../../../server/inference/inference.js';
import { tempDir } from '../../fixtures/temp-dir.js';
import { tinyBundle } from '../../fixtures/tiny-bundle.js';

test('a bundle that lacks a graph of its task is refused', async () => {
  const bundle = await readBundle(await tinyBundle());
  const manifest: Manifest = { ...bundle.manifest, tasks: ['retrieval', 'vqa'] };
  const options = {
    workers: 1,
    intraOpThreads: 1,
    storeDir: await tempDir(),
    pictureSlots: 1,
    pictureLimits: { maxPixels: 1e6, timeoutSeconds: 1 },
    batchSize: 4,
    batchWaitMs: 0,
    batchTargetMs: 100,
    queueSize: 8,
    log: pino({ level: 'silent' }),
  };
  await expect(openInference([{ ...bundle, manifest }], options)).rejects.toThrow(
    'bundle tiny: expected a graph question_encoder, got only image_encoder, matcher, text_encoder',
  );
});
