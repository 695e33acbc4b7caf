import { appendFile, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { appendMetrics, readMetrics, rewindMetrics } from '../../../training/run/metrics-log.js';
import { temporaryFolder } from '../../fixtures/tiny-training.js';

let run = '';
const file = () => join(run, 'metrics.jsonl');
beforeEach(async () => {
  run = await temporaryFolder();
  for (const step of [1, 2, 3]) await appendMetrics(run, { step, epoch: 0, losses: { itc: step } });
  await appendMetrics(run, { step: 3, epoch: 0, validation: { meanRecall: 50 } });
});

test('lines are read in order, training and validation alike', async () => {
  expect((await readMetrics(run)).map(({ step, validation }) => [step, validation?.meanRecall])).toEqual([
    [1, undefined],
    [2, undefined],
    [3, undefined],
    [3, 50],
  ]);
});

test('rewinding drops what came after the step and keeps its validation', async () => {
  await rewindMetrics(run, 3);
  expect(await readMetrics(run)).toHaveLength(4);
  await rewindMetrics(run, 2);
  expect((await readMetrics(run)).map(({ step }) => step)).toEqual([1, 2]);
  expect(await readdir(run)).toEqual(['metrics.jsonl']);
});

test('a line that a crash cut off is left out, and gone once the run goes on', async () => {
  await appendFile(file(), '{"step":4,"epo');
  expect(await readMetrics(run)).toHaveLength(4);
  await rewindMetrics(run, 4);
  await appendMetrics(run, { step: 4, epoch: 0 });
  const lines = (await readFile(file(), 'utf8')).trim().split('\n');
  expect(lines.map((line) => JSON.parse(line).step)).toEqual([1, 2, 3, 3, 4]);
});

test('a run without metrics has none', async () => {
  expect(await readMetrics(join(run, 'nowhere'))).toEqual([]);
});
