import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { Manifest } from '../../../model/bundle/manifest.js';
import { readBundle } from '../../../model/bundle/read-bundle.js';
import { openInference } from '../../../server/inference/inference.js';
import { tempDir } from '../../fixtures/temp-dir.js';
import { tinyBundle } from '../../fixtures/tiny-bundle.js';

test.each([
  ['vqa', 'question_encoder'],
  ['reconstruct', 'text_reconstructor'],
] as const)('a bundle for %s without a graph of the task is refused', async (task, role) => {
  const bundle = await readBundle(await tinyBundle());
  const manifest: Manifest = { ...bundle.manifest, tasks: ['retrieval', task] };
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
    `bundle tiny: expected a graph ${role}, got only image_encoder, matcher, text_encoder`,
  );
});
