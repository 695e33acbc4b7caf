// Puts, changes and deletes items in the data directory given as argument, and searches for them, until it is killed. Says on a line of its
// own what is about to be done and, once the promise has resolved, that it is done: `start put id seed`, `done put id seed`.

import { setImmediate } from 'node:timers/promises';
import { createRng } from '../../../model/random.js';
import { openCollections } from '../../../server/collections/collections.js';
import { encoded, MODEL, sampleItem } from './sample-items.js';

const [dir, round, exactLimit] = process.argv.slice(2) as [string, string, string];
const random = createRng(Number(round)).next;
const collections = await openCollections(dir, { settings: { exactLimit: Number(exactLimit) } });
await collections.create('samples', MODEL);
const samples = collections.get('samples');
const known = samples.list({ limit: 100_000 }).items.map(({ id }) => id);
let made = 0;

async function change(kind: string, id: string, seed: number): Promise<void> {
  const { id: _, metadata, ...parts } = sampleItem(id, seed);
  if (kind === 'delete') await samples.delete(id);
  else if (kind === 'patch') await samples.patch(id, parts, metadata);
  else await samples.put([{ id, metadata, ...parts }]);
}

/** One writer among several at the same time; no two touch the same item. */
async function write(): Promise<void> {
  for (;;) {
    const isOld = known.length > 5 && random() < 0.5;
    const id = isOld ? known.splice(Math.floor(random() * known.length), 1)[0]! : `${round}/${made++}`;
    const how = random();
    const kind = !isOld || how < 0.4 ? 'put' : how < 0.7 ? 'patch' : 'delete';
    const seed = Math.floor(random() * 1e9);
    console.log(`start ${kind} ${id} ${seed}`);
    await change(kind, id, seed);
    console.log(`done ${kind} ${id} ${seed}`);
    if (kind !== 'delete') known.push(id);
  }
}

async function search(): Promise<void> {
  for (;;) {
    // An empty collection answers without a pause: without one here, no write would ever come to its end.
    await setImmediate();
    const { embedding } = encoded(Math.floor(random() * 1e9));
    await samples.nearest({ target: random() < 0.5 ? 'image' : 'text', embedding, k: 10 });
  }
}

await Promise.all([write(), write(), write(), search()]);
