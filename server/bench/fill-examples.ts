import sharp, { type Sharp } from 'sharp';
import { ExpectationError, expect } from '../../model/errors.js';

/** What makes further pictures of one. */
const TURNS: readonly ((picture: Sharp) => Sharp)[] = [
  (picture) => picture.flop(),
  (picture) => picture.flip(),
  (picture) => picture.rotate(180),
  (picture) => picture.rotate(90),
  (picture) => picture.rotate(270),
];
const ITEMS_PER_REQUEST = 100;

interface Example {
  id: string;
  caption?: string;
}

async function answerTo(url: string, init?: RequestInit): Promise<Response> {
  const response = await fetch(url, init);
  if (!response.ok) throw new ExpectationError(url, 'to be answered', `status ${response.status}`);
  return response;
}

/** An item without a caption, as that of the example would be untrue. */
async function turned(collection: string, { id }: Example, turn: number) {
  const picture = await (await answerTo(`${collection}/items/${encodeURIComponent(id)}/image`)).arrayBuffer();
  const bytes = await TURNS[turn]!(sharp(Buffer.from(picture)))
    .png({ compressionLevel: 1 })
    .toBuffer();
  return { id: `${id}-turned-${turn + 1}`, image: { base64: bytes.toString('base64') } };
}

/**
 * Fills a collection of example pictures up to so many items with mirrored and turned copies of them, and answers the captions of the
 * examples, and how many copies there are. Throws an ExpectationError where there are too few examples for that, or one of the server's answers is an error.
 */
export async function fillExamples(collection: string, items: number): Promise<{ captions: string[]; copies: number }> {
  const { items: examples } = (await (await answerTo(`${collection}/items?limit=1000`)).json()) as { items: Example[] };
  const captions = examples.flatMap(({ caption }) => (caption ? [caption] : []));
  const least = Math.ceil(items / (1 + TURNS.length));
  expect(captions.length >= least, collection, `${least} items with captions`, captions.length);
  for (let at = examples.length; at < items; at += ITEMS_PER_REQUEST) {
    const places = Array.from({ length: Math.min(ITEMS_PER_REQUEST, items - at) }, (_, i) => at + i);
    const added = places.map((place) => {
      const turn = Math.floor(place / examples.length) - 1;
      return turned(collection, examples[place % examples.length]!, turn);
    });
    await answerTo(`${collection}/items`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ items: await Promise.all(added) }),
    });
  }
  return { captions, copies: Math.max(0, items - examples.length) };
}
