import type supertest from 'supertest';
import { expect } from 'vitest';
import { itemOf, requestOf } from './sent-item.js';
import { COLLECTION } from './write-load.js';

type Client = ReturnType<typeof supertest>;

interface Hit {
  id: string;
  itc: number;
  itm: number | null;
}

const FRESH = '/v1/collections/fresh';
const BATCH = 50;

async function search(client: Client, path: string, body: object): Promise<Hit[]> {
  const { status, body: answer, text } = await client.post(`${path}/search`).send({ k: 1000, ...body });
  expect(status, text).toBe(200);
  return answer.hits;
}

/** Pictures that are encoded in another batch differ in the last digits, so that equal ones may change places. */
function expectSame(hits: Hit[], expected: Hit[]): void {
  const known = new Map(expected.map((hit) => [hit.id, hit]));
  expect(new Set(hits.map(({ id }) => id))).toEqual(new Set(known.keys()));
  expect(hits).toHaveLength(expected.length);
  for (const [place, { id, itc, itm }] of hits.entries()) {
    const own = known.get(id)!;
    expect(itc).toBeCloseTo(own.itc, 4);
    if (itm === null) expect(own.itm).toBeNull();
    else expect(itm).toBeCloseTo(own.itm!, 3);
    expect(itm ?? itc).toBeCloseTo(expected[place]!.itm ?? expected[place]!.itc, 3);
  }
}

/** Fails unless the collection answers every kind of search as one into which the same items are put now, and finds each of them. */
export async function expectFreshAnswers(
  client: Client,
  states: ReadonlyMap<string, string>,
  pictures: readonly string[],
): Promise<void> {
  await client.put(FRESH);
  const items = [...states].map(([id, state]) => requestOf(itemOf(state), pictures, id));
  for (let at = 0; at < items.length; at += BATCH) {
    const added = await client.post(`${FRESH}/items`).send({ items: items.slice(at, at + BATCH) });
    expect(added.status, added.text).toBe(200);
  }
  const queries = [
    { text: 'a ball 1' },
    { text: 'a cube', rerank: false },
    { text: 'a ball 1', target: 'text' },
    { image: { dataUrl: pictures[0]! } },
    { image: { dataUrl: pictures[1]! }, target: 'text', filter: { version: { gte: 2 } } },
  ];
  for (const query of queries) expectSame(await search(client, COLLECTION, query), await search(client, FRESH, query));
  const withPictures = items.filter((item) => 'image' in item).length;
  expect(await search(client, COLLECTION, { text: 'anything', rerank: false })).toHaveLength(withPictures);
  expect((await client.delete(FRESH)).status).toBe(204);
}
