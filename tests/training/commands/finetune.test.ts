// Fine-tuning of every task from a pre-trained run, exported and measured. One thread, as exact repetition asks for.
import { readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { readBundle } from '../../../model/bundle/read-bundle.js';
import { evaluate } from '../../../training/commands/evaluate.js';
import { exportBundle } from '../../../training/commands/export.js';
import { type FinetuneTask, finetune } from '../../../training/commands/finetune.js';
import { readParameters } from '../../../training/run/initialize.js';
import { readMetrics } from '../../../training/run/metrics-log.js';
import { openRun } from '../../../training/run/run-folder.js';
import { tinyFinetuning, tinyTasks } from '../../fixtures/tiny-tasks.js';
import { checkpointBytes, hear, temporaryFolder, tinyRecipe, train } from '../../fixtures/tiny-training.js';

let folder = '';
const at = (name: string) => join(folder, name);
const tune = (task: FinetuneTask, recipe: string, out: string, options: object = {}) =>
  hear(() => finetune({ task, recipe, out, threads: 1, init: at('pretrained'), ...options }));
const measure = async (task: FinetuneTask, bundle: string, options: object = {}) => {
  const entry = (await tinyTasks(folder))(task, 'val');
  const given = { task, bundle, ...entry, format: entry.format as 'vqa2', kTest: 8, score: 'itm' as const };
  return hear(() => evaluate({ ...given, decode: 'greedy', threads: 1, ...options }));
};

beforeAll(async () => {
  folder = await temporaryFolder();
  const changes = { 'data.val': [], 'schedule.steps': 2, 'losses.mim': true };
  expect(await train(await tinyRecipe(folder, changes), at('pretrained'))).toMatchObject({ status: 0 });
});

const percent = expect.any(Number);
describe.each<{ task: FinetuneTask; graphs: string[]; missing: number; values: string[]; result: object }>([
  {
    task: 'retrieval',
    graphs: ['image_encoder', 'image_preparer', 'matcher', 'prepared_matcher', 'text_encoder'],
    missing: 0,
    values: ['meanRecall', 'textToImageR1', 'imageToTextR1', 'itcMeanRecall'],
    result: { task: 'retrieval', images: 8, texts: 40, meanRecall: percent },
  },
  {
    task: 'vqa',
    graphs: ['answer_decoder', 'image_encoder', 'question_encoder', 'text_encoder'],
    missing: 0,
    values: ['accuracy'],
    result: { task: 'vqa', questions: 8, accuracy: percent, perAnswerType: { other: percent, 'yes/no': percent } },
  },
  {
    task: 'nlvr2',
    graphs: ['image_encoder', 'nlvr2_classifier', 'text_encoder'],
    missing: 4,
    values: ['accuracy', 'consistency'],
    result: { task: 'nlvr2', examples: 8, accuracy: percent, consistency: percent },
  },
  {
    task: 've',
    graphs: ['image_encoder', 'text_encoder', 've_classifier'],
    missing: 4,
    values: ['accuracy', 'entailment', 'neutral', 'contradiction'],
    result: { task: 've', examples: 8, accuracy: percent, confusion: expect.any(Array) },
  },
])('$task', ({ task, graphs, missing, values, result }) => {
  const run = () => at(`run-${task}`);
  let said = '';
  beforeAll(async () => {
    const outcome = await tune(task, await tinyFinetuning(folder, task), run());
    expect(outcome).toMatchObject({ status: 0 });
    said = outcome.said;
    await hear(() => exportBundle({ run: run(), precision: 'fp32', out: at(`bundle-${task}`) }));
  });

  test('takes sizes, tokenizer and parameters from the pre-trained run', async () => {
    const [before, now] = [await openRun(at('pretrained')), await openRun(run())];
    expect(now.config).toEqual(before.config);
    expect(await readFile(now.tokenizerFile, 'utf8')).toBe(await readFile(before.tokenizerFile, 'utf8'));
    expect(said).toMatch(new RegExp(`--init: \\d+ parameters loaded, ${missing} missing`));
  });

  test('logs its loss and validates by its measure', async () => {
    const lines = await readMetrics(run());
    const losses = lines.flatMap((line) => (line.losses ? [Object.keys(line.losses)] : []));
    expect(losses).toEqual(Array(4).fill(task === 'retrieval' ? ['itc', 'itm'] : [task]));
    const last = lines.findLast((line) => line.validation)!.validation!;
    expect(Object.keys(last)).toEqual(task === 'retrieval' ? values : [...values, 'textOnlyAccuracy']);
    const [, textOnly] = /text only, without pictures \(.+\): accuracy ([\d.]+)/.exec(said) ?? [];
    expect(textOnly).toBe(last.textOnlyAccuracy?.toFixed(2));
  });

  test('stopped and resumed it gives to the bit what an unbroken run gives', async () => {
    const recipe = await tinyFinetuning(folder, task);
    const again = at(`again-${task}`);
    const init = relative(process.cwd(), at('pretrained'));
    expect((await tune(task, recipe, again, { init, stopAfter: 2 })).said).not.toContain('text only');
    expect(await tune(task, recipe, again, { init, resume: true })).toMatchObject({ status: 0 });
    expect(await checkpointBytes(again)).toEqual(await checkpointBytes(run()));
  });

  test('its bundle holds the graphs of the task, and evaluate measures it', async () => {
    const { manifest } = await readBundle(at(`bundle-${task}`));
    expect(manifest.tasks).toEqual(task === 'retrieval' ? ['retrieval', 'classify'] : [task]);
    expect(Object.keys(manifest.graphs).sort()).toEqual(graphs);
    const { printed, error } = await measure(task, at(`bundle-${task}`));
    expect(error).toBe(undefined);
    expect(JSON.parse(printed)).toMatchObject(result);
    // What is measured while training is what the exported graphs reach.
    const validation = (await readMetrics(run())).findLast((line) => line.validation)!.validation!;
    if (task !== 'retrieval') expect(JSON.parse(printed).accuracy).toBeCloseTo(validation.accuracy!, 6);
  });

  test('goes on from its own bundle', async () => {
    const options = { init: at(`bundle-${task}`), stopAfter: 1 };
    const { said: report } = await tune(
      task,
      await tinyFinetuning(folder, task, { 'data.val': [] }),
      at(`on-${task}`),
      options,
    );
    // The temperature of ITC is no part of an exported graph.
    expect(report).toContain(task === 'retrieval' ? ', 1 missing (temperature)' : ', 0 missing');
  });
});

describe('VQA', () => {
  test('begins with the blocks of the text cross-modality encoder', async () => {
    const still = { 'data.val': [], 'optimizer.learningRates.default': 0, 'schedule.steps': 1 };
    await tune('vqa', await tinyFinetuning(folder, 'vqa', still), at('still'));
    const [before, now] = [await readParameters(at('pretrained')), await readParameters(at('still'))];
    const last = before.get('text_cross_encoder.blocks.0.cross_attn.q.weight')!.data;
    for (const name of ['fusion_encoder.blocks.0', 'answer_decoder.blocks.0'])
      expect(now.get(`${name}.cross_attn.q.weight`)!.data).toEqual(last);
  });

  test('ends well where there are too few texts to guess from', async () => {
    const few = await tinyFinetuning(folder, 'vqa', { 'data.train.0.limit': 3 });
    const { status, said } = await tune('vqa', few, at('few'));
    expect(said).toContain('text only, without pictures: not measured. groups of training texts: expected at least 5');
    expect(status).toBe(0);
    expect((await readMetrics(at('few'))).findLast((line) => line.validation)!.validation).toEqual({
      accuracy: percent,
    });
  });

  test.each(['beam:3', 'rank', 'rank:albef'])('decodes by %s', async (decode) => {
    await writeFile(at('answers.json'), JSON.stringify(['red', 'two', 'left of it']));
    const answers = decode.startsWith('rank') ? { answers: at('answers.json') } : {};
    const submission = at(`submission-${decode.replace(':', '-')}.json`);
    const { printed, error } = await measure('vqa', at('bundle-vqa'), { decode, submission, ...answers });
    expect(error).toBe(undefined);
    expect(JSON.parse(printed)).toMatchObject({ task: 'vqa', questions: 8 });
    const rows = JSON.parse(await readFile(submission, 'utf8')) as { question_id: number; answer: string }[];
    expect(rows.map(({ question_id }) => question_id)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    if (decode.startsWith('rank'))
      for (const { answer } of rows) expect(['red', 'two', 'left of it']).toContain(answer);
  });

  test.each<[string, object, string]>([
    [
      'a decoding that is none',
      { decode: 'beams' },
      '--decode: expected greedy, beam:N, rank or rank:albef, got beams',
    ],
    ['no beams', { decode: 'beam:0' }, '--decode: expected'],
    [
      'ranking without answers',
      { decode: 'rank' },
      '--answers: expected a file of answers for --decode rank, got none',
    ],
    [
      'answers without ranking',
      { answers: 'a.json' },
      '--answers: expected --decode rank beside it, got --decode greedy',
    ],
  ])('%s is an error', async (_name, options, message) => {
    const { error } = await measure('vqa', at('bundle-vqa'), options);
    expect(error?.message).toContain(message);
  });
});

describe('what does not fit together', () => {
  test('a recipe of another task', async () => {
    const { error } = await tune('nlvr2', await tinyFinetuning(folder, 'vqa'), at('wrong'));
    expect(error?.message).toBe('recipe task: expected nlvr2, what is to be trained, got vqa');
  });

  test('a recipe without a model and nothing to take it from', async () => {
    const { error } = await tune('ve', await tinyFinetuning(folder, 've'), at('alone'), { init: undefined });
    expect(error?.message).toContain('recipe model: expected a preset name or a mapping with preset');
  });

  test('losses that retrieval does not train', async () => {
    const recipe = await tinyFinetuning(folder, 'retrieval', { 'losses.mlm': true });
    const { error } = await tune('retrieval', recipe, at('losses'));
    expect(error?.message).toContain('recipe losses: expected false for mlm and mim');
  });

  test('data of another task', async () => {
    const entry = (await tinyTasks(folder))('ve', 'train');
    const { error } = await tune('vqa', await tinyFinetuning(folder, 'vqa', { 'data.train': [entry] }), at('data'));
    expect(error?.message).toContain('recipe data.train.0.format: expected one of vqa2, visual-genome, albef');
  });

  test('a bundle of another task', async () => {
    const { error } = await measure('ve', at('bundle-vqa'));
    expect(error?.message).toContain('bundle bundle-vqa: expected a model with the graph ve_classifier');
  });
});
