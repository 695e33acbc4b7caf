// Puts, replaces and deletes items in the data directory given as argument until it is killed. Says on a line of its own what is about to
// be done and, once the promise has resolved, that it is done: `start put id seed`, `done put id seed`.

import { createRng } from '../../../model/random.js';
import { openCollections } from '../../../server/collections/collections.js';
import { MODEL, sampleItem } from './sample-items.js';

const [dir, round, exactLimit] = process.argv.slice(2) as [string, string, string];
const random = createRng(Number(round)).next;
const collections = await openCollections(dir, { settings: { exactLimit: Number(exactLimit) } });
await collections.create('samples', MODEL);
const samples = collections.get('samples');
const known = samples.list({ limit: 100_000 }).items.map(({ id }) => id);
let made = 0;

/** One writer among several at the same time; no two touch the same item. */
async function write(): Promise<void> {
  for (;;) {
    const isOld = known.length > 5 && random() < 0.5;
    const id = isOld ? known.splice(Math.floor(random() * known.length), 1)[0]! : `${round}/${made++}`;
    const change = isOld && random() < 0.3 ? 'delete' : 'put';
    const seed = Math.floor(random() * 1e9);
    console.log(`start ${change} ${id} ${seed}`);
    if (change === 'delete') await samples.delete(id);
    else await samples.put([sampleItem(id, seed)]);
    console.log(`done ${change} ${id} ${seed}`);
    if (change === 'put') known.push(id);
  }
}

await Promise.all([write(), write(), write()]);
