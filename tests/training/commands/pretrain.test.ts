// Whole pre-training runs on tiny pictures. Loader worker and augmentation are on; one thread, as exact repetition asks for.
import { access, cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { lockFolder } from '../../../model/files/folder-lock.js';
import { writeSafetensors } from '../../../model/safetensors/safetensors.js';
import { exportBundle } from '../../../training/commands/export.js';
import { readMetrics, scalarsOf } from '../../../training/run/metrics-log.js';
import { eventFiles, readEventFiles, shownEvents } from '../../fixtures/read-events.js';
import { checkpointBytes, hear, temporaryFolder, tinyRecipe, tinyScenes, train } from '../../fixtures/tiny-training.js';

let folder = '';
let recipe = '';
/** The same without validation data, for what validation has no part in. */
let bare = '';
/** 8 steps in one go: what all others are compared with. */
const whole = () => join(folder, 'whole');

beforeAll(async () => {
  folder = await temporaryFolder();
  recipe = await tinyRecipe(folder, { 'dropout.default': 0.1 });
  bare = await tinyRecipe(folder, { 'data.val': [] });
  expect(await train(recipe, whole())).toMatchObject({ status: 0 });
});

const expectEqualRuns = async (run: string) => {
  expect(await checkpointBytes(run)).toEqual(await checkpointBytes(whole()));
  expect(await checkpointBytes(run, 'best')).toEqual(await checkpointBytes(whole(), 'best'));
};
/** TensorBoard shows what metrics.jsonl says, as float32. */
const expectShownMetrics = async (run: string) => {
  const float32 = (scalars: Record<string, number>) =>
    Object.fromEntries(Object.entries(scalars).map(([tag, value]) => [tag, Math.fround(value)]));
  const want = (await readMetrics(run)).map((line) => ({ step: line.step, scalars: float32(scalarsOf(line)) }));
  expect(await shownEvents(run)).toEqual(want);
};
const lossesOf = async (run: string) =>
  (await readMetrics(run)).map(({ step, losses, validation }) => ({ step, losses, validation }));

describe('a run', () => {
  test('leaves everything that belongs into its folder', async () => {
    for (const name of ['recipe.yaml', 'tokenizer.json', 'data.json', 'metrics.jsonl', 'report.html'])
      await access(join(whole(), name));
    expect(JSON.parse(await readFile(join(whole(), 'checkpoints/latest/state.json'), 'utf8'))).toMatchObject({
      step: 8,
    });
  });

  test('logs lines with the fields that readers rely on', async () => {
    const lines = (await readFile(join(whole(), 'metrics.jsonl'), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const steps = lines.filter(({ losses }) => losses);
    expect(steps.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    for (const line of steps) {
      expect(line).toMatchObject({
        epoch: line.step <= 6 ? 0 : 1,
        losses: { itc: expect.any(Number), itm: expect.any(Number), mlm: expect.any(Number), mim: expect.any(Number) },
        lr: { image_encoder: expect.any(Number), itm_head: expect.any(Number) },
        gradNorm: expect.any(Number),
        samplesPerSecond: expect.any(Number),
        msPerStep: expect.any(Number),
        waitShare: expect.any(Number),
      });
    }
    expect(steps[0].lr.image_encoder).toBe(0.0005);
    expect(lines.filter(({ validation }) => validation).map(({ step }) => step)).toEqual([4, 8]);
  });

  test('shows TensorBoard the same numbers', async () => {
    await expectShownMetrics(whole());
    const [events] = await readEventFiles(whole());
    expect(Object.keys(events!.findLast(({ scalars }) => scalars?.['losses/itc'])!.scalars!)).toEqual(
      expect.arrayContaining(['losses/mim', 'lr/itm_head', 'gradNorm', 'samplesPerSecond', 'msPerStep', 'waitShare']),
    );
  });

  test('without log.tensorboard leaves no event files', async () => {
    const run = join(folder, 'unwatched');
    await train(bare, run, { set: ['log.tensorboard=false'], stopAfter: 1 });
    expect(await eventFiles(run)).toEqual([]);
    expect(await readMetrics(run)).toHaveLength(1);
  });

  test('repeated with the same recipe and seed gives the same bytes', async () => {
    const again = join(folder, 'again');
    await train(recipe, again);
    await expectEqualRuns(again);
    expect(await lossesOf(again)).toEqual(await lossesOf(whole()));
  });

  test('with another seed gives others', async () => {
    const other = join(folder, 'other');
    await train(bare, other, { set: ['seed=2'], stopAfter: 1 });
    expect((await readMetrics(other))[0]!.losses).not.toEqual((await readMetrics(whole()))[0]!.losses);
  });
});

describe('going on', () => {
  test.each([
    ['at a checkpoint', [4]],
    ['between checkpoints, twice', [3, 6]],
  ])('%s gives to the bit what an unbroken run gives', async (name, stops) => {
    const run = join(folder, name.replaceAll(/\W/g, '-'));
    for (const [i, stopAfter] of stops.entries()) {
      const { status, said } = await train(recipe, run, { stopAfter, resume: i > 0 });
      expect(status).toBe(0);
      expect(said).toContain(`stopped after step ${stopAfter} of 8; go on with the same command and --resume`);
    }
    expect(await train(recipe, run, { resume: true })).toMatchObject({ status: 0 });
    await expectEqualRuns(run);
    expect(await lossesOf(run)).toEqual(await lossesOf(whole()));
    await expectShownMetrics(run);
    expect(await readEventFiles(run)).toHaveLength(stops.length + 1);
  });

  test('after the end changes nothing', async () => {
    const before = await checkpointBytes(whole());
    expect(await train(recipe, whole(), { resume: true })).toMatchObject({ status: 0 });
    expect(await checkpointBytes(whole())).toEqual(before);
    expect(await readMetrics(whole())).toHaveLength(10);
  });

  test.each([true, false])('before the first checkpoint starts anew (--resume %s)', async (resume) => {
    const run = join(folder, `never-saved-${resume}`);
    for (const file of ['recipe.yaml', 'tokenizer.json', 'data.json', 'metrics.jsonl'])
      await cp(join(whole(), file), join(run, file));
    await mkdir(join(run, 'checkpoints/latest.0123abcd.tmp'), { recursive: true });
    const { status, said } = await train(recipe, run, { resume, stopAfter: 1 });
    expect(status).toBe(0);
    expect(said.includes('no checkpoint yet: starting from the first step')).toBe(resume);
    expect(await readdir(join(run, 'checkpoints'))).toEqual(['latest']);
    expect((await readMetrics(run)).map(({ step }) => step)).toEqual([1]);
  });
});

describe('is refused', () => {
  test('into a folder that holds a run', async () => {
    const { error } = await train(recipe, whole());
    expect(error?.message).toBe(
      `--out: expected a new folder, or --resume to go on, got ${whole()}, which holds a run`,
    );
  });

  test.each([
    ['schedule.warmupSteps=3', 'schedule.warmupSteps: 2', 'schedule.warmupSteps: 3'],
    ['seed=2', 'seed: 1', 'seed: 2'],
    ['data.val=[]', 'data.val.0: {', 'data.val.0: nothing'],
  ])('going on with %s, naming the key', async (change, before, now) => {
    const { error } = await train(recipe, whole(), { resume: true, set: [change] });
    expect(error?.message).toContain(
      `--resume: expected what the run began with (${join(whole(), 'recipe.yaml')}), ${before}`,
    );
    expect(error?.message).toContain(`got ${now}`);
  });

  test('going on with other data', async () => {
    const captions = join(folder, 'captions.json');
    const images = join(await tinyScenes(), 'images');
    const original = await readFile(join(await tinyScenes(), 'captions.json'), 'utf8');
    await writeFile(captions, original);
    const entry = [{ format: 'karpathy', annotations: captions, images }];
    const own = await tinyRecipe(folder, { 'data.train': entry, 'data.val': [], 'schedule.steps': 1 });
    const run = join(folder, 'moved-data');
    await train(own, run);
    await writeFile(captions, original.replace('red', 'blue'));
    const { error } = await train(own, run, { resume: true });
    expect(error?.message).toContain('data.json), train.0.sha256: ');
  });

  test.each([false, true])('while a process trains there (--resume %s), naming that process', async (resume) => {
    const run = join(folder, `busy-${resume}`);
    await train(bare, run, { stopAfter: 1 });
    const lock = await lockFolder(run, 'run folder');
    const { error } = await train(bare, run, { resume });
    expect(error?.message).toBe(`run folder: expected to be free, got ${run} locked by process ${process.pid}`);
    await lock.release();
    expect(await train(bare, run, { resume: true, stopAfter: 2 })).toMatchObject({ status: 0 });
  });

  test('going on where there is no run', async () => {
    const { error } = await train(recipe, join(folder, 'nowhere'), { resume: true });
    expect(error?.message).toMatch(/^run folder: expected a folder with recipe.yaml, got .*nowhere$/);
    await expect(access(join(folder, 'nowhere'))).rejects.toThrow('ENOENT');
  });
});

test('a loss that is not a number stops the run with its name and keeps the last good checkpoint', async () => {
  const run = join(folder, 'diverged');
  const wild = ['optimizer.learningRates.default=1e30', 'schedule.warmupSteps=0', 'checkpoint.every=1'];
  const { error, said } = await train(bare, run, { set: wild });
  expect(error?.message).toMatch(
    /^(loss\.\w+|gradient norm) at step \d: expected a finite number, got (NaN|Infinity)$/,
  );
  const failed = Number(/at step (\d)/.exec(error!.message)![1]);
  const state = JSON.parse(await readFile(join(run, 'checkpoints/latest/state.json'), 'utf8'));
  expect(state.step).toBe(failed - 1);
  expect(said).toContain(`${run} keeps the checkpoint of step ${state.step}`);
  await (await lockFolder(run, 'run folder')).release();
});

describe('--init', () => {
  const bundle = () => join(folder, 'bundle');
  beforeAll(async () => {
    const { error } = await hear(() => exportBundle({ run: whole(), precision: 'fp32', out: bundle() }));
    expect(error).toBeUndefined();
  });

  test('takes all parameters of a run', async () => {
    const run = join(folder, 'from-run');
    const { said } = await train(bare, run, { init: whole(), stopAfter: 1 });
    expect(said).toMatch(/--init: \d+ parameters loaded, 0 missing, 0 unexpected/);
    expect(said).not.toContain('another tokenizer');
    const [first, began] = [(await readMetrics(run))[0]!, (await readMetrics(whole()))[0]!];
    expect(first.losses!.mlm).toBeLessThan(began.losses!.mlm!);
  });

  test('takes what a bundle has and names what it lacks', async () => {
    const { said } = await train(bare, join(folder, 'from-bundle'), { init: bundle(), stopAfter: 1 });
    // All but ITC's temperature, which no graph has: the bundle restores too, and so holds the decoder and the classifier.
    expect(said).toMatch(/--init: \d+ parameters loaded, 1 missing \(temperature\), 0 unexpected/);
  });

  test('names what the model has no place for, and another tokenizer', async () => {
    const changes = ['model.crossDepth=2', 'tokenizer.vocabSize=290'];
    const { said } = await train(bare, join(folder, 'from-shallower'), { init: whole(), set: changes, stopAfter: 1 });
    expect(said).toMatch(/\d+ missing \(.*cross_encoder\.blocks\.1\..*\)/);
    expect(said).toContain('has another tokenizer');
    const deep = join(folder, 'from-shallower');
    const { said: back } = await train(bare, join(folder, 'from-deeper'), { init: deep, stopAfter: 1 });
    expect(back).toMatch(/\d+ unexpected \(.*cross_encoder\.blocks\.1\./);
  });

  test('refuses what is neither a run nor a bundle', async () => {
    const { error } = await train(bare, join(folder, 'refused'), { init: join(folder, 'nothing') });
    expect(error?.message).toContain('manifest.json');
  });

  test('refuses a run of which nothing fits', async () => {
    const foreign = join(folder, 'foreign');
    await mkdir(join(foreign, 'checkpoints/latest'), { recursive: true });
    const tensor = { dtype: 'F32' as const, shape: [1], data: new Float32Array(1) };
    await writeSafetensors(join(foreign, 'checkpoints/latest/model.safetensors'), new Map([['wte.weight', tensor]]));
    const { error } = await train(bare, join(folder, 'refused'), { init: foreign });
    expect(error?.message).toBe(`--init ${foreign}: expected parameters of this model, got none that fits`);
  });
});
