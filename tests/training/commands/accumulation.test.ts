// Whole runs whose steps are made of several batches, and runs that compute blocks again.
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { readMetrics } from '../../../training/run/metrics-log.js';
import { checkpointBytes, temporaryFolder, tinyRecipe, train } from '../../fixtures/tiny-training.js';

const STEPS = 4;
const HALVES = ['schedule.batchSize=2', 'schedule.accumulate=2'];
let folder = '';
let recipe = '';
const at = (name: string) => join(folder, name);
const trainingLines = async (run: string) => (await readMetrics(run)).filter(({ losses }) => losses);

beforeAll(async () => {
  folder = await temporaryFolder();
  recipe = await tinyRecipe(folder, { 'data.val': [], 'schedule.steps': STEPS, 'augment.colour': 0 });
  expect(await train(recipe, at('whole'))).toMatchObject({ status: 0 });
  expect(await train(recipe, at('halves'), { set: HALVES })).toMatchObject({ status: 0 });
});

/** Equal but for rounding, which the optimizer makes larger from step to step. */
async function expectSameRun(run: string): Promise<void> {
  const [lines, wanted] = [await trainingLines(run), await trainingLines(at('whole'))];
  expect(lines.map(({ step, epoch, lr }) => ({ step, epoch, lr }))).toEqual(
    wanted.map(({ step, epoch, lr }) => ({ step, epoch, lr })),
  );
  for (const [i, { losses }] of wanted.entries()) {
    for (const [name, loss] of Object.entries(losses!))
      expect(Math.abs(lines[i]!.losses![name]! - loss), `${name} at step ${i + 1}`).toBeLessThan(2e-3);
  }
  expect(lines[0]!.gradNorm! / wanted[0]!.gradNorm!).toBeCloseTo(1, 4);
}

describe('two batches of 2 accumulated', () => {
  test('make the run that one batch of 4 makes: the same samples, masks, noise and steps', () =>
    expectSameRun(at('halves')));

  test('go on after a stop to the bit', async () => {
    const run = at('stopped');
    await train(recipe, run, { set: HALVES, stopAfter: 2 });
    expect(await train(recipe, run, { set: HALVES, resume: true })).toMatchObject({ status: 0 });
    expect(await checkpointBytes(run)).toEqual(await checkpointBytes(at('halves')));
  });
});

test('blocks that are computed again make the same run', async () => {
  const run = at('again');
  expect(await train(recipe, run, { set: ['schedule.recompute=true'] })).toMatchObject({ status: 0 });
  await expectSameRun(run);
});
