// What many people do at the same time: searches of all kinds, items that come, change and go, questions, and requests that are wrong.
import sharp from 'sharp';
import type { Rng } from '../../model/random.js';

export interface MixedRequest {
  method: string;
  path: string;
  body?: string | FormData;
  type?: string;
  /** Statuses that it may be answered with. */
  expected: number[];
}

const COLLECTION = '/v1/collections/c';
const ITEMS = `${COLLECTION}/items`;
/** Items come and go under these ids, so that there are never more. */
const IDS = 300;
const WORDS = ['red', 'blue', 'green', 'small', 'large', 'ball', 'cube', 'cone', 'left of', 'behind', 'road', 'trees'];

/** Pictures of several sizes and formats, larger than the model reads. */
export async function largePictures(rng: Rng, count: number): Promise<Buffer[]> {
  const formats = ['jpeg', 'png', 'webp'] as const;
  return Promise.all(
    Array.from({ length: count }, (_, n) => {
      const [width, height] = [200 + rng.int(600), 200 + rng.int(600)];
      const data = Uint8Array.from(
        { length: width * height * 3 },
        (_value, i) => (i * 7 + (i >> 9) * rng.int(3)) & 255,
      );
      return sharp(data, { raw: { width, height, channels: 3 } })
        [formats[n % 3]!]()
        .toBuffer();
    }),
  );
}

const sentence = (rng: Rng): string => Array.from({ length: 1 + rng.int(20) }, () => rng.pick(WORDS)).join(' ');
const idOf = (rng: Rng): string => `i${rng.int(IDS)}`;
const json = (method: string, path: string, body: unknown, expected = [200]): MixedRequest => ({
  method,
  path,
  body: JSON.stringify(body),
  type: 'application/json',
  expected,
});

type Make = (rng: Rng, pictures: readonly Buffer[]) => MixedRequest;

const base64 = (rng: Rng, pictures: readonly Buffer[]) => ({ base64: rng.pick(pictures).toString('base64') });
const search: Make = (rng) => {
  const body = {
    text: sentence(rng),
    k: 1 + rng.int(20),
    rerank: rng.next() < 0.6,
    target: rng.pick(['image', 'text']),
  };
  const filter = rng.next() < 0.3 ? { filter: { year: { gte: 2000 + rng.int(20) } } } : {};
  return json('POST', `${COLLECTION}/search`, { ...body, ...filter });
};
const searchByPicture: Make = (rng, pictures) =>
  json('POST', `${COLLECTION}/search`, { image: base64(rng, pictures), target: rng.pick(['image', 'text']), k: 10 });
const add: Make = (rng, pictures) => {
  const items = Array.from({ length: 1 + rng.int(3) }, () => ({
    id: idOf(rng),
    caption: sentence(rng),
    metadata: { year: 2000 + rng.int(25), note: 'x'.repeat(rng.int(500)) },
    ...(rng.next() < 0.7 ? { image: base64(rng, pictures) } : {}),
  }));
  return json('POST', ITEMS, { items });
};
const addForm: Make = (rng, pictures) => {
  const body = new FormData();
  body.append('image', new Blob([rng.pick(pictures)]), 'x');
  body.append('id', idOf(rng));
  return { method: 'POST', path: ITEMS, body, expected: [200] };
};
const addLines: Make = (rng) => {
  const lines = Array.from({ length: 5 }, () => `${JSON.stringify({ id: idOf(rng), caption: sentence(rng) })}\n`);
  return { method: 'POST', path: ITEMS, type: 'application/x-ndjson', body: lines.join(''), expected: [200] };
};
const change: Make = (rng) =>
  json('PATCH', `${ITEMS}/${idOf(rng)}`, { caption: sentence(rng), metadata: { changed: rng.int(100) } }, [200, 404]);
const get =
  (path: (rng: Rng) => string): Make =>
  (rng) => ({ method: 'GET', path: path(rng), expected: [200, 404] });
const remove: Make = (rng) => ({ method: 'DELETE', path: `${ITEMS}/${idOf(rng)}`, expected: [204, 404] });
const ask: Make = (rng, pictures) =>
  json('POST', '/v1/vqa', { image: base64(rng, pictures), question: `${sentence(rng)}?`, topK: 1 + rng.int(3) });
const match: Make = (rng, pictures) =>
  json('POST', '/v1/match', { image: base64(rng, pictures), texts: [sentence(rng), sentence(rng)] });
const embed: Make = (rng, pictures) =>
  json('POST', '/v1/embeddings', { input: [sentence(rng), base64(rng, pictures)], encoding_format: 'base64' });
const wrong: Make = (rng, pictures) =>
  rng.pick([
    json('POST', `${COLLECTION}/search`, { text: '' }, [422]),
    json('POST', `${COLLECTION}/search`, { text: 'x', k: 0, surplus: sentence(rng) }, [400]),
    { ...json('POST', ITEMS, '', [400]), body: `{"items":[${sentence(rng)}` },
    json('POST', ITEMS, { items: [{ image: { base64: rng.pick(pictures).toString('base64', 0, 700) } }] }, [422]),
    json('POST', '/v1/match', { image: { base64: 'aGVsbG8gd29ybGQhIQ==' }, texts: ['x'] }, [415]),
    { method: 'GET', path: `/v1/collections/x${rng.int(1e9)}`, expected: [404] },
    { method: 'GET', path: `/nowhere/${rng.int(1e9)}`, expected: [404] },
  ]);

/** How often each is drawn, in parts of their sum. */
const SHARES: [number, Make][] = [
  [30, search],
  [15, searchByPicture],
  [12, add],
  [4, addForm],
  [3, addLines],
  [4, change],
  [6, get((rng) => `${ITEMS}/${idOf(rng)}`)],
  [4, get((rng) => `${ITEMS}/${idOf(rng)}/image?size=${16 + rng.int(200)}`)],
  [2, get(() => `${ITEMS}?limit=50`)],
  [5, remove],
  [4, ask],
  [3, match],
  [3, embed],
  [5, wrong],
];
const MAKES = SHARES.flatMap(([parts, make]) => Array.from({ length: parts }, () => make));

/** One request, drawn. */
export const mixedRequest: Make = (rng, pictures) => rng.pick(MAKES)(rng, pictures);
