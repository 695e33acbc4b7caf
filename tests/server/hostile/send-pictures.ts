// Sends hostile pictures to a server and checks what it makes of them; for tests of a few and for long rounds.
import type supertest from 'supertest';
import { expect } from 'vitest';
import { hostilePictures } from '../../fixtures/hostile-pictures.js';
import { expectContract } from '../contract-check.js';
import { plainPicture } from '../pictures.js';

/** How many pictures were taken, and how many were refused with which status. */
export type HostileAnswers = Record<number, number>;

const COLLECTION = '/v1/collections/hostile';
const REFUSED = [413, 415, 422];

/**
 * Adds `count` hostile pictures to a collection, one after another. Each is either refused with a documented status that names the
 * field, or taken, and then it can be shown as a thumbnail and searched with. Between and after them, good pictures are taken.
 */
export async function sendHostilePictures(
  request: ReturnType<typeof supertest>,
  count: number,
  seed = 1,
): Promise<HostileAnswers> {
  const good = await plainPicture('#2a6f97');
  const answers: HostileAnswers = {};
  await request.put(COLLECTION);
  let index = 0;
  for await (const { name, bytes } of hostilePictures(count, seed)) {
    const answer = await request.post(`${COLLECTION}/items`).attach('image', bytes, 'x').field('id', 'x');
    expectContract(answer);
    expect([200, ...REFUSED], `${name}: ${answer.text}`).toContain(answer.status);
    answers[answer.status] = (answers[answer.status] ?? 0) + 1;
    if (answer.status === 200) await expectUsable(request, name);
    else expect(answer.body.errors[0].path, name).toBe('items[0].image');
    if (++index % 20 === 0 || index === count) {
      const taken = await request.post(`${COLLECTION}/items`).attach('image', good, 'x').field('id', 'good');
      expect(taken.status, `a good picture after ${name}: ${taken.text}`).toBe(200);
    }
  }
  expect((await request.get('/readyz')).status).toBe(200);
  return answers;
}

async function expectUsable(request: ReturnType<typeof supertest>, name: string): Promise<void> {
  const shown = await request.get(`${COLLECTION}/items/x/image?size=32`);
  expect(shown.status, `${name} as a thumbnail`).toBe(200);
  expect(shown.type).toBe('image/jpeg');
  const found = await request
    .post(`${COLLECTION}/search`)
    .send({ image: { itemId: 'x', collection: 'hostile' }, candidates: 10 });
  expectContract(found);
  expect(found.status, `${name} as a query: ${found.text}`).toBe(200);
}
