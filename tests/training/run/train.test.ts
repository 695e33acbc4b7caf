// The loop around a step that is played: its losses are given, and its parameters count the steps.
import { writeFileSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { NoSpaceError } from '../../../model/files/no-space-error.js';
import type { HostTensor } from '../../../model/onnx/session.js';
import { parseRecipe, type Recipe } from '../../../training/recipe/recipe.js';
import { loadCheckpoint, type TrainingState } from '../../../training/run/checkpoint.js';
import { type MetricsLog, openMetricsLog, readMetrics } from '../../../training/run/metrics-log.js';
import { type TrainOptions, train } from '../../../training/run/train.js';
import { flatLayout } from '../../../training/step/flat-parameters.js';
import type { Stepper, Weights } from '../../../training/step/stepper.js';
import { mountSmallDisk } from '../../fixtures/small-disk.js';
import { temporaryFolder } from '../../fixtures/tiny-training.js';

const zeros = { kind: 'constant', value: 0 } as const;
const layout = flatLayout([{ name: 'itm_head.weight', shape: [2], initializer: zeros }]);
const fresh = (): TrainingState => ({
  step: 0,
  best: null,
  parameters: new Float32Array(2),
  moment1: new Float32Array(2),
  moment2: new Float32Array(2),
});

let run = '';
let log: MetricsLog;
let fed: { parameters: Float32Array; corrections: HostTensor }[] = [];
let released = 0;
let bars = 0;
beforeEach(async () => {
  run = await temporaryFolder();
  log = await openMetricsLog(run, 0, { tensorboard: false });
  [fed, released, bars] = [[], 0, 0];
});

const one = (value: number): HostTensor => ({ dtype: 'float32', shape: [], data: Float32Array.of(value) });

/** A stepper whose loss `itc` at step t is `lossAt(t)`, t from 1. */
function played(
  lossAt: (step: number) => number,
  normAt: (step: number) => number = () => 1,
  start: Weights = fresh(),
): Stepper {
  let weights = start;
  const more = (values: Float32Array) => values.map((value) => value + 1);
  return {
    async step(_batch, { bias_corrections }) {
      const { parameters, moment1, moment2 } = weights;
      fed.push({ parameters, corrections: bias_corrections });
      weights = { parameters: more(parameters), moment1: more(moment1), moment2: more(moment2) };
      return { losses: { itc: lossAt(fed.length), mim: 0.5 }, gradientNorm: normAt(fed.length) };
    },
    weights: async () => ({ parameters: weights.parameters, moment1: weights.moment1, moment2: weights.moment2 }),
    release: async () => undefined,
  };
}

function recipeWith(changes: object = {}): Recipe {
  return parseRecipe({
    name: 'r',
    model: 'tiny',
    tokenizer: { vocabSize: 300 },
    data: { train: [{ format: 'karpathy', annotations: 'a', images: 'b' }] },
    schedule: { steps: 6, batchSize: 4 },
    log: { every: 2 },
    checkpoint: { every: 2 },
    evaluate: { every: 3 },
    ...changes,
  });
}

function options(changes: Partial<TrainOptions> = {}): TrainOptions {
  return {
    run,
    recipe: recipeWith(),
    layout,
    stepper: played((step) => step),
    steps: 6,
    stopAfter: 6,
    log,
    signal: new AbortController().signal,
    progress: { update: () => undefined, say: () => undefined, stop: () => void bars++ },
    batches: {
      next: async () => ({ step: 0, inputs: { pixel_values: one(0) } }),
      release: () => void released++,
      epochOf: (step) => Math.floor(step / 4),
      waitMs: 0,
    },
    ...changes,
  };
}

describe('the loop', () => {
  test('feeds each step the state of the last, saves the end as latest and hands every batch back', async () => {
    const end = await train(fresh(), options());
    expect(end.step).toBe(6);
    expect(fed.map(({ parameters }) => parameters[0])).toEqual([0, 1, 2, 3, 4, 5]);
    expect(fed[2]!.corrections.data[0]).toBeCloseTo(1 - 0.9 ** 3, 6);
    expect(await loadCheckpoint(run, 'latest', layout)).toEqual(end);
    expect([released, bars]).toEqual([6, 1]);
  });

  test('logs mean losses since the last line, with every field', async () => {
    await train(fresh(), options());
    const lines = await readMetrics(run);
    expect(lines.map(({ step, epoch, losses }) => [step, epoch, losses])).toEqual([
      [2, 0, { itc: 1.5, mim: 0.5 }],
      [4, 0, { itc: 3.5, mim: 0.5 }],
      [6, 1, { itc: 5.5, mim: 0.5 }],
    ]);
    const groups = layout.parameters.map(({ group }) => group);
    expect(new Set(Object.keys(lines[0]!.lr!))).toEqual(new Set(groups));
    for (const { gradNorm, samplesPerSecond, msPerStep } of lines) {
      expect(gradNorm).toBe(1);
      expect(samplesPerSecond! * msPerStep!).toBeCloseTo(4000, 3);
    }
  });

  test('keeps a checkpoint of each interval where the recipe asks for it', async () => {
    await train(fresh(), options({ recipe: recipeWith({ checkpoint: { every: 2, keepSteps: true } }) }));
    expect((await readdir(join(run, 'checkpoints'))).sort()).toEqual([
      'latest',
      'step-000002',
      'step-000004',
      'step-000006',
    ]);
  });

  test('stops after the step it was told to', async () => {
    expect((await train(fresh(), options({ stopAfter: 3 }))).step).toBe(3);
    expect((await loadCheckpoint(run, 'latest', layout)).step).toBe(3);
  });

  test('ends after the step in hand when it is asked to stop', async () => {
    const stop = new AbortController();
    const stepper = played((step) => {
      if (step === 5) stop.abort();
      return step;
    });
    expect((await train(fresh(), options({ stepper, signal: stop.signal }))).step).toBe(5);
    expect((await loadCheckpoint(run, 'latest', layout)).step).toBe(5);
  });
});

describe('numbers that are not finite stop the run by name and keep the last good checkpoint', () => {
  test.each<[string, Stepper, string]>([
    [
      'a loss',
      played((step) => (step === 5 ? Number.NaN : 1)),
      'loss.itc at step 5: expected a finite number, got NaN',
    ],
    [
      'a gradient',
      played(
        () => 1,
        (step) => (step === 5 ? Number.POSITIVE_INFINITY : 1),
      ),
      'gradient norm at step 5: expected a finite number, got Infinity',
    ],
  ])('%s', async (_, stepper, message) => {
    await expect(train(fresh(), options({ stepper }))).rejects.toThrow(message);
    expect((await loadCheckpoint(run, 'latest', layout)).step).toBe(4);
    expect((await readMetrics(run)).map(({ step }) => step)).toEqual([2, 4]);
    expect(bars).toBe(1);
  });
});

test('a disk that is full stops the run, says so and keeps the last checkpoint whole', async (context) => {
  const small = join(run, 'small');
  await mkdir(small);
  if (!mountSmallDisk(small, 256)) context.skip('needs the right to mount a small disk');
  // At step 3 other files take what is left.
  const stepper = played((step) => {
    if (step === 3) expect(() => writeFileSync(join(small, 'filler'), Buffer.alloc(300_000))).toThrow('ENOSPC');
    return step;
  });
  await expect(train(fresh(), options({ run: small, stepper }))).rejects.toThrow(
    new NoSpaceError(`checkpoint ${join(small, 'checkpoints/latest')}`, 24, 0),
  );
  expect((await loadCheckpoint(small, 'latest', layout)).step).toBe(2);
  expect(await readdir(join(small, 'checkpoints'))).toEqual(['latest']);

  await rm(join(small, 'filler'));
  fed = [];
  const kept = await loadCheckpoint(small, 'latest', layout);
  const again = played((step) => step, undefined, kept);
  const end = await train(kept, options({ run: small, stepper: again }));
  expect([end.step, end.parameters[0]]).toEqual([6, 6]);
});

describe('validation', () => {
  const metrics = [30, 20];
  const validated: number[] = [];
  const validate: TrainOptions['validate'] = async ({ step }) => {
    validated.push(step);
    const metric = metrics[validated.length - 1]!;
    return { metric, values: { meanRecall: metric } };
  };
  beforeEach(() => {
    validated.length = 0;
  });

  test('comes at its interval and at the end, and the better state is kept as best', async () => {
    const end = await train(fresh(), options({ validate }));
    expect(validated).toEqual([3, 6]);
    expect(end.best).toEqual({ step: 3, metric: 30 });
    expect((await loadCheckpoint(run, 'best', layout)).step).toBe(3);
    expect((await loadCheckpoint(run, 'latest', layout)).best).toEqual({ step: 3, metric: 30 });
    expect(
      (await readMetrics(run)).flatMap(({ step, validation }) => (validation ? [[step, validation]] : [])),
    ).toEqual([
      [3, { meanRecall: 30 }],
      [6, { meanRecall: 20 }],
    ]);
  });

  test('that a signal broke off is made up for when the run goes on', async () => {
    const stop = new AbortController();
    const brokenOff = async () => {
      stop.abort();
      return null;
    };
    const stopped = await train(fresh(), options({ validate: brokenOff, signal: stop.signal }));
    expect([stopped.step, stopped.best]).toEqual([3, null]);
    fed = [];
    const end = await train(await loadCheckpoint(run, 'latest', layout), options({ validate }));
    expect(validated).toEqual([3, 6]);
    expect(end.best).toEqual({ step: 3, metric: 30 });
  });

  test('is not repeated when the run goes on right after it', async () => {
    await train(fresh(), options({ validate, stopAfter: 3 }));
    await train(await loadCheckpoint(run, 'latest', layout), options({ validate }));
    expect(validated).toEqual([3, 6]);
  });
});
