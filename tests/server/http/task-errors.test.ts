// What vqa, nlvr2 and visual-entailment have in common: which model answers, and errors that say what to change.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AbortedError } from '../../../server/inference/errors.js';
import { judgeHypothesis } from '../../../server/tasks/judge-hypothesis.js';
import { runTask } from '../../../server/tasks/run-task.js';
import { tinyBundle, tinyTaskBundle } from '../../fixtures/tiny-bundle.js';
import { expectContract } from '../contract-check.js';
import { plainPicture, pngThatClaims } from '../pictures.js';
import { type Harness, startHarness } from '../server-harness.js';

const PICTURE_BYTES = 4096;

let harness: Harness;
let bare: Harness;
let picture: Buffer;
beforeAll(async () => {
  const bundles = [tinyBundle(), tinyTaskBundle('ve'), tinyTaskBundle('vqa'), tinyTaskBundle('nlvr2')];
  const env = { MAX_PICTURE_BYTES: `${PICTURE_BYTES}` };
  harness = await startHarness({ bundles: await Promise.all(bundles), env });
  // With room for one input in a queue it starts nevertheless.
  bare = await startHarness({ env: { QUEUE_SIZE: '1' } });
  picture = await plainPicture('#408040');
});
afterAll(async () => {
  await harness.close();
  await bare.close();
});

const base64 = (bytes: Buffer) => ({ base64: bytes.toString('base64') });

const TASKS = [
  {
    task: 'vqa',
    path: '/v1/vqa',
    field: 'image',
    body: (image: object = base64(picture)) => ({ image, question: 'what color?' }),
  },
  {
    task: 'nlvr2',
    path: '/v1/nlvr2',
    field: 'right',
    body: (right: object = base64(picture)) => ({ left: base64(picture), right, statement: 'both are green' }),
  },
  {
    task: 've',
    path: '/v1/visual-entailment',
    field: 'image',
    body: (image: object = base64(picture)) => ({ image, hypothesis: 'it is green' }),
  },
] as const;

test('each bundle is listed with its tasks', async () => {
  const answer = await harness.request.get('/v1/models');
  expectContract(answer);
  expect(answer.body.models.map(({ name, tasks }: { name: string; tasks: string[] }) => [name, ...tasks])).toEqual([
    ['tiny', 'retrieval'],
    ['tiny-ve', 've'],
    ['tiny-vqa', 'vqa'],
    ['tiny-nlvr2', 'nlvr2'],
  ]);
});

describe.each(TASKS)('$path', ({ task, path, field, body }) => {
  const post = async (json: object, { request }: Harness = harness) => {
    const answer = await request.post(path).send(json);
    expectContract(answer);
    return answer;
  };

  test('the model that offers the task answers, or the one that is named', async () => {
    for (const json of [body(), { ...body(), model: `tiny-${task}` }]) {
      const answer = await post(json);
      expect([answer.status, answer.body.model]).toEqual([200, `tiny-${task}`]);
    }
  });

  test.each<[string, () => object | Promise<object>, number, string]>([
    ['an unknown field', () => ({ ...body(), texts: ['x'] }), 400, 'texts'],
    ['no time at all', () => ({ ...body(), timeoutMs: 0 }), 400, 'timeoutMs'],
    ['a picture of two forms', () => body({ base64: '', dataUrl: '' }), 400, field],
    ['an unknown model', () => ({ ...body(), model: 'nobody' }), 404, 'model'],
    [
      'a picture of an unknown item',
      async () => {
        await harness.request.put('/v1/collections/c');
        return body({ itemId: 'nobody', collection: 'c' });
      },
      404,
      `${field}.itemId`,
    ],
    ['a picture of an unknown collection', () => body({ itemId: 'p', collection: 'x' }), 404, `${field}.collection`],
    ['a picture over the limit', () => body(base64(Buffer.alloc(PICTURE_BYTES + 1))), 413, `${field}.base64`],
    ['a picture that is none', () => body(base64(Buffer.from('hello, I am text'))), 415, field],
    ['a data URL of a sound', () => body({ dataUrl: 'data:audio/wav;base64,UklGRg==' }), 415, `${field}.dataUrl`],
    ['half a picture', () => body(base64(picture.subarray(0, 60))), 422, field],
    ['too many pixels', async () => body(base64(await pngThatClaims(20_000, 20_000))), 422, field],
    ['an address', () => body({ url: 'http://169.254.169.254/' }), 422, `${field}.url`],
  ])('%s is refused', async (_name, json, status, where) => {
    const answer = await post(await json());
    expect([answer.status, answer.body.errors[0].path]).toEqual([status, where]);
  });

  test('a file over the limit is a 413 that names it', async () => {
    const [text, value] = Object.entries(body()).at(-1) as [string, string];
    const form = harness.request.post(path).field(text, value);
    if (task === 'nlvr2') form.attach('left', picture, 'left.png');
    const answer = await form.attach(field, Buffer.alloc(PICTURE_BYTES + 1), 'p.png');
    expectContract(answer);
    expect([answer.status, answer.body.errors[0].path]).toEqual([413, field]);
  });

  test('where no model does this, or the one that is named does not, it is a 501 that names the task', async () => {
    const none = await post(body(), bare);
    expect([none.status, none.body.detail]).toEqual([501, `no loaded model offers ${task}`]);
    const other = await post({ ...body(), model: 'tiny' });
    expect([other.status, other.body.detail]).toEqual([501, `the model tiny does not offer ${task}`]);
  });

  test('where too much is waiting it is a 429 that says when to come again', async () => {
    const { options } = harness.core.inference.model(undefined, task).scheduler;
    const { queueSize } = options;
    options.queueSize = 0;
    const answer = await post(body());
    options.queueSize = queueSize;
    expect([answer.status, answer.headers['retry-after']]).toEqual([429, '1']);
  });

  test('what does not begin in time is a 504', async () => {
    const model = harness.core.inference.model(undefined, task);
    const { imageTokens } = model;
    model.imageTokens = async (...given) => {
      await new Promise((resolve) => setTimeout(resolve, 60));
      return imageTokens.apply(model, given);
    };
    const late = await post({ ...body(), timeoutMs: 20 });
    model.imageTokens = imageTokens;
    expect([late.status, late.body.detail]).toEqual([504, 'not done within 20 ms']);
    expect((await post({ ...body(), timeoutMs: 600_000 })).status).toBe(200);
  });
});

test('nothing is run for a client that left', async () => {
  const left = AbortSignal.abort();
  const input = { pictures: { image: picture }, text: 'it is green', signal: left };
  const model = harness.core.inference.model(undefined, 've');
  await expect(runTask(model, input, judgeHypothesis)).rejects.toThrow(AbortedError);
});
