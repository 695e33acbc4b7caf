import { expect, test } from 'vitest';
import { presets } from '../../../model/maskvlm/config.js';
import { LoadedModel, type ModelManifest } from '../../../server/inference/loaded-model.js';
import type { PicturePreparer } from '../../../server/inference/picture-preparer.js';
import type { Scheduler } from '../../../server/inference/scheduler.js';
import { noTimes } from '../../../server/inference/stage-times.js';

const RUN_MS = 20;

/** Runs each pair for a while, as many at the same time as it is given. */
const scheduler = {
  batchLimit: () => 1,
  async submit(_queue: string, inputs: readonly unknown[]) {
    const started = performance.now();
    await new Promise((resolve) => setTimeout(resolve, RUN_MS));
    return { outputs: inputs.map(() => 0), prepareMs: 0, runMs: performance.now() - started };
  },
} as unknown as Scheduler;

test('the time of the model is never more than has passed, however many of its workers ran at once', async () => {
  const model = new LoadedModel(
    { name: 'm', config: presets.tiny } as unknown as ModelManifest,
    {} as PicturePreparer,
    scheduler,
  );
  const tokens = { tokens: new Uint16Array(2), rows: 1 };
  const times = noTimes();
  const started = performance.now();
  const scores = await model.match(
    Array.from({ length: 6 }, () => ({ image: tokens, text: tokens })),
    { times },
  );
  expect(scores).toEqual(Array(6).fill(0.5));
  expect(times.modelMs).toBeLessThanOrEqual(performance.now() - started);
  expect(times.modelMs).toBeGreaterThan(2 * RUN_MS);
});
