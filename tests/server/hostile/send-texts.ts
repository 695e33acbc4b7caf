// Sends odd texts to every place that takes one, and checks that each is refused by name or comes back as it was.

import type supertest from 'supertest';
import type { Response } from 'supertest';
import { expect } from 'vitest';
import { createRng } from '../../../model/random.js';
import { HOSTILE_TEXTS } from '../../fixtures/hostile-texts.js';
import { expectContract } from '../contract-check.js';
import { plainPicture } from '../pictures.js';

type Client = ReturnType<typeof supertest>;
type Send = (client: Client, text: string, picture: Buffer) => PromiseLike<Response>;

const COLLECTION = '/v1/collections/texts';
const ITEMS = `${COLLECTION}/items`;

/** JSON whose halves of surrogate pairs stay what they are: as UTF-8 they would arrive as replacement characters. */
const escaped = (value: unknown): string =>
  JSON.stringify(value).replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Half a pair has no percent-encoding. */
const encoded = (text: string): string =>
  encodeURIComponent((text as string & { toWellFormed(): string }).toWellFormed().slice(0, 2000));

const post = (client: Client, path: string, body: unknown) =>
  client.post(path).set('Content-Type', 'application/json').send(escaped(body));
const search = (client: Client, body: object) => post(client, `${COLLECTION}/search`, body);
const image = { itemId: 'good', collection: 'texts' };

const CAPTION = 'caption';
const METADATA = 'metadata';

const PLACES: Record<string, Send> = {
  [CAPTION]: (client, caption) => post(client, ITEMS, { items: [{ id: 'x', caption }] }),
  id: (client, id) => post(client, ITEMS, { items: [{ id, caption: 'a ball' }] }),
  [METADATA]: (client, text) =>
    post(client, ITEMS, { items: [{ id: 'x', caption: 'a ball', metadata: { [text]: { [text]: [text] } } }] }),
  'a line': (client, text) =>
    client
      .post(ITEMS)
      .set('Content-Type', 'application/x-ndjson')
      .send(`${escaped({ id: text, caption: text, metadata: { text } })}\n`),
  'a raw line': (client, text) => client.post(ITEMS).set('Content-Type', 'application/x-ndjson').send(text),
  'a raw body': (client, text) => client.post(ITEMS).set('Content-Type', 'application/json').send(text),
  'a form': (client, text, picture) =>
    client.post(ITEMS).attach('image', picture, { filename: text }).field('caption', text).field('id', text),
  'a field of a form': (client, text, picture) =>
    client.post(ITEMS).attach('image', picture, 'x').field(text.slice(0, 500), text),
  'a change': (client, caption) =>
    client.patch(`${ITEMS}/x`).set('Content-Type', 'application/json').send(escaped({ caption })),
  'the name of a collection': (client, text) => client.put(`/v1/collections/${encoded(text)}`),
  'the description of a collection': (client, description) =>
    client.put(COLLECTION).set('Content-Type', 'application/json').send(escaped({ description })),
  'an id in a path': (client, text) => client.get(`${ITEMS}/${encoded(text)}`),
  'an item to delete': (client, text) => client.delete(`${ITEMS}/${encoded(`no ${text}`)}`),
  'a parameter': (client, text) => client.get(`${ITEMS}?cursor=${encoded(text)}`),
  'the name of a parameter': (client, text) => client.get(`${ITEMS}?${encoded(text)}=1`),
  'a search': (client, text) => search(client, { text, target: 'text' }),
  'a filter': (client, text) =>
    search(client, { text: 'a ball', filter: { or: [{ [text]: { eq: text } }, { not: { text: { in: [text] } } }] } }),
  'a text to match': (client, text) => post(client, '/v1/match', { image, texts: [text, 'a ball'] }),
  'the name of a model': (client, model) => post(client, '/v1/match', { image, texts: ['a ball'], model }),
  'a text to embed': (client, input) => post(client, '/v1/embeddings', { input }),
  'a picture in base64': (client, base64) => post(client, '/v1/embeddings', { input: { base64 } }),
  'a picture by its address': (client, url) => post(client, '/v1/embeddings', { input: { url } }),
  'a data URL': (client, text) => post(client, '/v1/embeddings', { input: { dataUrl: `data:${text};base64,${text}` } }),
  'a request of a job': (client, text) =>
    post(client, '/v1/jobs', {
      type: 'task',
      requests: [{ custom_id: text, url: `/${text}`, body: { [text]: text } }],
    }),
  'the id of a job': (client, text) => client.get(`/v1/jobs/${encoded(text)}`),
};

/** What was taken is there as it was sent, but for halves of pairs. */
async function expectKept(client: Client, place: string, text: string): Promise<void> {
  const { body } = await client.get(`${ITEMS}/x`);
  if (place === CAPTION) expect(body.caption).toBe((text as string & { toWellFormed(): string }).toWellFormed());
  if (place === METADATA) {
    const own = Object.fromEntries([[text, Object.fromEntries([[text, [text]]])]]);
    expect(JSON.stringify(body.metadata)).toBe(JSON.stringify(own));
  }
}

/**
 * Sends texts to places, at first each text once and each place once, then at random. None is answered with a 500, and what is taken comes
 * back. Answers how many were answered with which status.
 */
export async function sendHostileTexts(client: Client, count: number, seed = 1): Promise<Record<number, number>> {
  const rng = createRng('hostile texts', seed);
  const picture = await plainPicture('#2a6f97');
  await client.put(COLLECTION);
  await post(client, ITEMS, {
    items: [{ id: 'good', caption: 'a good ball', image: { base64: picture.toString('base64') } }],
  });
  const [texts, places] = [Object.entries(HOSTILE_TEXTS), Object.entries(PLACES)];
  const answers: Record<number, number> = {};
  for (let n = 0; n < count; n++) {
    const [kind, text] = texts[n] ?? rng.pick(texts);
    const [place, send] = places[(n * 7 + rng.int(2)) % places.length]!;
    await post(client, ITEMS, { items: [{ id: 'x', caption: 'before' }] });
    const answer = await send(client, text, picture);
    const told = `${kind} as ${place}: ${answer.status} ${answer.text?.slice(0, 300)}`;
    expect(answer.status, told).toBeLessThan(500);
    // A path that became another one is not an answer of this operation.
    if (answer.status !== 404 && answer.status !== 405) expectContract(answer);
    if (answer.status === 200) await expectKept(client, place, text);
    answers[answer.status] = (answers[answer.status] ?? 0) + 1;
  }
  expect((await client.get(`${ITEMS}/good`)).body.caption).toBe('a good ball');
  expect((await search(client, { text: 'a good ball', target: 'text', k: 1 })).body.hits[0].id).toBe('good');
  return answers;
}
