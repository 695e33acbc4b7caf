import { join } from 'node:path';
import { afterEach, beforeAll, expect, test } from 'vitest';
import type { Raster } from '../../../model/image/picture.js';
import type { BatchJob, JobSample } from '../../../training/data/batch-job.js';
import { type JobThread, openInlineThread, openWorkerThread } from '../../../training/data/job-thread.js';
import type { WorkerStart } from '../../../training/data/loader-worker.js';
import { OPERATOR_NAMES } from '../../../training/data/rand-augment/operators.js';
import { trainTokenizerOn } from '../../../training/tokenizer/train-tokenizer.js';
import { temporaryFolder } from '../../fixtures/tiny-training.js';

const S = 16;
let start: WorkerStart;
let thread: JobThread | undefined;

beforeAll(async () => {
  const tokenizerFile = join(await temporaryFolder(), 'tokenizer.json');
  await trainTokenizerOn(['a picture'], { vocabSize: 270, out: tokenizerFile });
  start = {
    tokenizerFile,
    settings: {
      batches: 'labels',
      seed: 1,
      imageSize: S,
      patchSize: 8,
      mean: [0, 0, 0],
      std: [1, 1, 1],
      textsPerPicture: 1,
      maxLength: 8,
      augment: {
        crop: null,
        flip: 'none',
        panels: 1,
        colour: 0,
        randAugment: { operators: 3, level: 7, names: OPERATOR_NAMES },
      },
      masking: { image: { ratio: 0.5, unit: 1 }, text: { ratio: 0.3 } },
      losses: { itc: false, itm: false, mlm: false, mim: false },
      itcTargets: 'diagonal',
      answers: { perQuestion: 1, maxLength: 4 },
    },
  };
});
afterEach(async () => {
  await thread?.close();
  thread = undefined;
});

const raster: Raster = { width: S, height: S, data: Uint8Array.from({ length: S * S * 3 }, (_, i) => (i * 7) % 256) };
const sample = (at: Raster | undefined): JobSample => ({
  pictures: [{ image: { file: 'missing.png' }, key: 'missing.png', raster: at }],
  text: 'a picture',
  textIndex: 0,
  target: { label: 1 },
});
const job = (step: number, at: Raster | undefined): BatchJob => ({ step, samples: [sample(at)], spare: undefined });

test('a worker does the jobs that wait in the order they came, each as the calling thread would', async () => {
  thread = openWorkerThread(start);
  const inline = openInlineThread(start);
  const answered: number[] = [];
  const results = await Promise.all(
    [3, 1, 2].map(async (step) => {
      const { batch } = await thread!.run(job(step, raster));
      answered.push(batch.step);
      return batch;
    }),
  );
  expect(answered).toEqual([3, 1, 2]);
  for (const batch of results) expect(batch).toEqual((await inline.run(job(batch.step, raster))).batch);
});

test('a job that fails leaves those before and after it alone', async () => {
  thread = openWorkerThread(start);
  const outcomes = await Promise.allSettled(
    [job(0, raster), job(1, undefined), job(2, raster)].map((one) => thread!.run(one)),
  );
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect((outcomes[1] as PromiseRejectedResult).reason.message).toContain('picture missing.png: expected a readable');
});

test('closing ends the jobs that wait with a reason, and further ones', async () => {
  thread = openWorkerThread(start);
  const waiting = Promise.allSettled([0, 1, 2, 3].map((step) => thread!.run(job(step, raster))));
  await thread.close();
  const reasons = (await waiting).flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.message] : []));
  for (const reason of reasons) expect(reason).toContain('loader worker: expected to run until it is closed');
  await expect(thread.run(job(4, raster))).rejects.toThrow('loader worker');
});
