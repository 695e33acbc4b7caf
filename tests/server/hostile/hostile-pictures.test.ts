import { afterAll, beforeAll, expect, test } from 'vitest';
import { mutatedPictures } from '../../fixtures/hostile-pictures.js';
import { type Harness, startHarness } from '../server-harness.js';
import { sendHostilePictures } from './send-pictures.js';

/** Each bomb once, and three mutations of every kind of picture. */
const COUNT = 90;

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness({
    env: { MAX_PICTURE_PIXELS: '4000000', MAX_PICTURE_SECONDS: '30', LOG_LEVEL: 'silent' },
  });
});
afterAll(() => harness.close());

test(`${COUNT} hostile pictures are refused or shown, and the server goes on`, async () => {
  const answers = await sendHostilePictures(harness.request, COUNT);
  // Some mutations leave a picture whole; most of what is sent is not usable.
  expect(answers[422]).toBeGreaterThan(COUNT / 3);
  expect(answers[415]).toBeGreaterThan(3);
  expect(answers[200]).toBeGreaterThan(3);
}, 300_000);

test('the same seed makes the same pictures', async () => {
  const all = async (seed: number): Promise<string[]> => {
    const pictures: string[] = [];
    for await (const { bytes } of mutatedPictures(15, seed)) pictures.push(bytes.toString('latin1'));
    return pictures;
  };
  const first = await all(7);
  expect(await all(7)).toEqual(first);
  expect(await all(8)).not.toEqual(first);
});
