import { writeFileSync } from 'node:fs';
import { appendFile, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { openMetricsLog, readMetrics } from '../../../training/run/metrics-log.js';
import { shownEvents } from '../../fixtures/read-events.js';
import { mountSmallDisk } from '../../fixtures/small-disk.js';
import { temporaryFolder } from '../../fixtures/tiny-training.js';

let run = '';
const file = () => join(run, 'metrics.jsonl');
const openLog = (step: number) => openMetricsLog(run, step, { tensorboard: false });
beforeEach(async () => {
  run = await temporaryFolder();
  const log = await openLog(0);
  for (const step of [1, 2, 3]) await log({ step, epoch: 0, losses: { itc: step } });
  await log({ step: 3, epoch: 0, validation: { meanRecall: 50 } });
});

test('lines are read in order, training and validation alike', async () => {
  expect((await readMetrics(run)).map(({ step, validation }) => [step, validation?.meanRecall])).toEqual([
    [1, undefined],
    [2, undefined],
    [3, undefined],
    [3, 50],
  ]);
});

test('a run without metrics has none', async () => {
  expect(await readMetrics(join(run, 'nowhere'))).toEqual([]);
});

describe('the log of a run that goes on', () => {
  const line = { step: 3, epoch: 1, losses: { itc: 9, mim: 0.5 }, lr: { itm_head: 0.25 }, gradNorm: 2, waitShare: 0 };

  test('keeps the lines up to its step, validation included', async () => {
    await openLog(3);
    expect(await readMetrics(run)).toHaveLength(4);
  });

  test('takes the place of the lines after its step', async () => {
    const log = await openLog(2);
    await log(line);
    expect((await readMetrics(run)).slice(1)).toEqual([{ step: 2, epoch: 0, losses: { itc: 2 } }, line]);
    expect(await readdir(run)).toEqual(['metrics.jsonl']);
  });

  test('has no trace of a line that a crash cut off', async () => {
    await appendFile(file(), '{"step":4,"epo');
    expect(await readMetrics(run)).toHaveLength(4);
    await (await openLog(4))({ step: 4, epoch: 0 });
    const lines = (await readFile(file(), 'utf8')).trim().split('\n');
    expect(lines.map((text) => JSON.parse(text).step)).toEqual([1, 2, 3, 3, 4]);
  });

  test('gives every number of a line to TensorBoard, under its name', async () => {
    const log = await openMetricsLog(run, 2, { tensorboard: true });
    await log(line);
    await log({ step: 3, epoch: 1, validation: { meanRecall: 62.5 } });
    expect(await shownEvents(run)).toEqual([
      {
        step: 3,
        scalars: { epoch: 1, 'losses/itc': 9, 'losses/mim': 0.5, 'lr/itm_head': 0.25, gradNorm: 2, waitShare: 0 },
      },
      { step: 3, scalars: { epoch: 1, 'validation/meanRecall': 62.5 } },
    ]);
    expect(await readMetrics(run)).toHaveLength(4);
  });
});

test('a full disk is an error that names the file, and lines written before stay', async (context) => {
  const small = join(run, 'small');
  await mkdir(small);
  if (!mountSmallDisk(small, 64)) context.skip('needs the right to mount a small disk');
  const log = await openMetricsLog(small, 0, { tensorboard: true });
  await log({ step: 1, epoch: 0, losses: { itc: 1 } });
  expect(() => writeFileSync(join(small, 'filler'), Buffer.alloc(200_000))).toThrow('ENOSPC');
  const long = { step: 2, epoch: 0, losses: { ['l'.repeat(8192)]: 1 } };
  await expect(log(long)).rejects.toThrow(
    `${join(small, 'metrics.jsonl')}: expected room for ${JSON.stringify(long).length + 1} bytes, got 0 bytes free`,
  );
  expect((await readMetrics(small)).map(({ step }) => step)).toEqual([1]);
});
