// What the operations that look at single pictures have in common: which model answers, and what is refused.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lookingBundle } from '../../fixtures/looking-bundle.js';
import { tinyBundle } from '../../fixtures/tiny-bundle.js';
import { expectContract } from '../contract-check.js';
import { dataUrl, plainPicture } from '../pictures.js';
import { type Harness, startHarness } from '../server-harness.js';

let looking: Harness;
/** With no model for anything but search, none at all, or no time. */
let poor: Record<'tiny' | 'none' | 'hurried', Harness>;
let picture: string;

beforeAll(async () => {
  picture = dataUrl(await plainPicture('#408040'));
  looking = await startHarness({
    bundles: [await tinyBundle(), await lookingBundle()],
    env: { QUEUE_SIZE: '4', MAX_PICTURE_BYTES: '1024' },
  });
  const hurried = await startHarness({ env: { REQUEST_TIMEOUT_MS: '1', BATCH_WAIT_MS: '300' } });
  poor = { tiny: await startHarness(), none: await startHarness({ bundles: [] }), hurried };
  await looking.request.put('/v1/collections/c');
});
afterAll(() => Promise.all([looking, poor.tiny, poor.none, poor.hurried].map((harness) => harness.close())));

/** A good body of each operation with the given picture. */
const OPERATIONS: Record<string, (image: object) => object> = {
  classify: (image) => ({ image, labels: ['a ball'] }),
  reconstruct: (image) => ({ image, text: 'a red ball' }),
  explain: (image) => ({ image, text: 'a red ball' }),
  embeddings: (image) => ({ input: [image, 'a red ball'] }),
};

describe.each(Object.entries(OPERATIONS))('%s', (operation, bodyOf) => {
  const send = async (harness: Harness, body: object) => {
    const answer = await harness.request.post(`/v1/${operation}`).send(body);
    expectContract(answer);
    return answer;
  };
  const good = () => bodyOf({ dataUrl: picture });

  test('answers with the first model that can, or the one that is named', async () => {
    const answers = [];
    for (const more of [{}, { model: 'looking' }]) {
      const { status, body } = await send(looking, { ...good(), ...more });
      answers.push([status, body.model]);
    }
    expect(answers).toEqual([
      [200, operation === 'embeddings' ? 'tiny' : 'looking'],
      [200, 'looking'],
    ]);
  });

  test.each<[string, () => object, number]>([
    ['a model that is not loaded', () => ({ ...good(), model: 'nobody' }), 404],
    ['a picture of no collection', () => bodyOf({ itemId: 'x', collection: 'nowhere' }), 404],
    ['a picture of no item', () => bodyOf({ itemId: 'x', collection: 'c' }), 404],
    ['a picture over the limit', () => bodyOf({ base64: 'A'.repeat(4000) }), 413],
    ['text for a picture', () => bodyOf({ base64: Buffer.from('some text').toString('base64') }), 415],
    ['a cut picture', () => bodyOf({ base64: picture.split(',')[1]!.slice(0, 80) }), 422],
  ])('refuses %s', async (_name, body, status) => {
    expect((await send(looking, body())).status).toBe(status);
  });

  test('is not there while no model can do it, whatever its name', async () => {
    const without = operation === 'embeddings' ? poor.none : poor.tiny;
    const { status, body } = await send(without, good());
    expect([status, body.type]).toEqual([501, 'urn:maskvlm:not-offered']);
    if (operation !== 'embeddings') expect((await send(looking, { ...good(), model: 'tiny' })).status).toBe(501);
  });

  test('ends in time', async () => {
    const late = await (operation === 'embeddings'
      ? send(poor.hurried, good())
      : send(looking, { ...good(), timeoutMs: 1 }));
    expect([late.status, late.body.detail]).toEqual([504, 'not done within 1 ms']);
    const inTime = operation === 'embeddings' ? good() : { ...good(), timeoutMs: 600_000 };
    expect((await send(looking, inTime)).status).toBe(200);
  });

  test('is refused while too much is waiting, and answered afterwards', async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, () => send(looking, good())));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(Number(refused[0]!.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect((await send(looking, good())).status).toBe(200);
  });
});
