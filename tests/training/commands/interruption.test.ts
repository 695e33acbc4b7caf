// Training processes that are stopped from outside at any moment, in a step, a validation or a save, and go on. Two loader workers,
// crops, flips and RandAugment are on; 6 steps are an epoch.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { readMetrics } from '../../../training/run/metrics-log.js';
import { start, waitFor } from '../../fixtures/command-line.js';
import { shownEvents } from '../../fixtures/read-events.js';
import { checkpointBytes, temporaryFolder, tinyRecipe, train } from '../../fixtures/tiny-training.js';

const STEPS = 20;
let folder = '';
let recipe = '';
/** A run that nothing interrupted. */
let whole = '';

beforeAll(async () => {
  folder = await temporaryFolder();
  whole = join(folder, 'whole');
  const changes = {
    'schedule.steps': STEPS,
    'checkpoint.every': 2,
    'evaluate.every': 3,
    'evaluate.limit': 4,
    'loader.workers': 2,
  };
  recipe = await tinyRecipe(folder, changes);
  expect(await train(recipe, whole)).toMatchObject({ status: 0 });
});

const stepOf = async (run: string): Promise<number> =>
  readFile(join(run, 'checkpoints/latest/state.json'), 'utf8').then(
    (text) => JSON.parse(text).step,
    () => 0,
  );

/** Starts the run and sends it a signal at a random moment of its first half. */
async function interrupt(run: string, signal: NodeJS.Signals) {
  const [afterStep, andMilliseconds] = [1 + Math.floor((Math.random() * STEPS) / 2), Math.random() * 40];
  const started = start(['pretrain', '--recipe', recipe, '--out', run, '--threads', '1']);
  await waitFor(started, async () => (await stepOf(run)) >= afterStep);
  await new Promise((resolve) => setTimeout(resolve, andMilliseconds));
  started.process.kill(signal);
  return { ended: await started.ended, when: `${signal} ${andMilliseconds} ms after step ${afterStep}` };
}

/** The run did, to the bit, what the whole one did. */
async function expectWhole(run: string, when: string): Promise<void> {
  expect(await checkpointBytes(run), when).toEqual(await checkpointBytes(whole));
  expect(await checkpointBytes(run, 'best'), when).toEqual(await checkpointBytes(whole, 'best'));
  const results = (lines: Awaited<ReturnType<typeof readMetrics>>) =>
    lines.map(({ step, losses, validation }) => ({ step, losses, validation }));
  expect(results(await readMetrics(run)), when).toEqual(results(await readMetrics(whole)));
  const stepsOf = (lines: { step: number }[]) => lines.map(({ step }) => step);
  expect(stepsOf(await shownEvents(run)), when).toEqual(stepsOf(await readMetrics(whole)));
}

test('10 steps and 10 more are 20 steps, to the bit', async () => {
  const run = join(folder, 'halves');
  expect(await train(recipe, run, { stopAfter: 10 })).toMatchObject({ status: 0 });
  expect(await stepOf(run)).toBe(10);
  expect(await train(recipe, run, { resume: true })).toMatchObject({ status: 0 });
  await expectWhole(run, 'after step 10');
});

test.each([
  ['SIGKILL', null],
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const)('after %s a run goes on to the bit', async (signal, status) => {
  const run = join(folder, signal);
  const { ended, when } = await interrupt(run, signal);
  expect(ended, when).toMatchObject({ status, stdout: '' });
  if (status !== null) {
    const saved = await stepOf(run);
    expect((await readMetrics(run)).findLast(({ losses }) => losses)?.step, when).toBe(saved);
    expect(ended.stderr, when).toContain(
      `stopped after step ${saved} of ${STEPS}; go on with the same command and --resume`,
    );
    expect((await readFile(join(run, 'report.html'), 'utf8')).includes('The run was stopped'), when).toBe(true);
  }

  const { status: done, error } = await train(recipe, run, { resume: true });
  expect(error, when).toBeUndefined();
  expect(done, when).toBe(0);
  await expectWhole(run, when);
});
