// The servers that answers of every documented status are provoked from: one with everything, and some that are short of something.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { lookingBundle } from '../../fixtures/looking-bundle.js';
import { mountSmallDisk } from '../../fixtures/small-disk.js';
import { tempDir } from '../../fixtures/temp-dir.js';
import { tinyBundle, tinyTaskBundle } from '../../fixtures/tiny-bundle.js';
import { type Job, jobOnce, startJob } from '../job-client.js';
import { dataUrl, plainPicture } from '../pictures.js';
import { type Harness, startHarness } from '../server-harness.js';

export const KEY = { Authorization: 'Bearer key' };

export interface StatusWorld {
  /** Every task has a model. The collection `c` has the item `a`; `foreign` was built with a model that is not loaded. */
  main: Harness;
  /** What has not begun after a millisecond is dropped. */
  hurried: Harness;
  /** One request a minute. */
  limited: Harness;
  /** Waits for bodies a tenth of a second. */
  impatient: Harness;
  /** A picture as a data URL. */
  picture: string;
  close(): Promise<void>;
}

const everyTask = async (): Promise<string[]> =>
  Promise.all([lookingBundle(), tinyTaskBundle('vqa'), tinyTaskBundle('nlvr2'), tinyTaskBundle('ve')]);

/** Puts the collection `name` with the item `a`, as every sound request expects it. */
export async function putSample({ request }: Harness, name: string, picture: string): Promise<void> {
  await request.put(`/v1/collections/${name}`).set(KEY);
  const items = [{ id: 'a', caption: 'a red ball', image: { dataUrl: picture } }];
  const added = await request.post(`/v1/collections/${name}/items`).set(KEY).send({ items });
  expect(added.status, added.text).toBe(200);
}

/** Leaves a collection behind that was built with another model, and with a picture larger than the next process takes. */
async function leaveForeign(dataDir: string, picture: string): Promise<void> {
  const earlier = await startHarness({
    env: { DATA_DIR: dataDir, ...PATIENT },
    bundles: [await tinyBundle(2, 'other')],
  });
  await putSample(earlier, 'foreign', picture);
  const large = dataUrl(await plainPicture('#204080', 'png', 300));
  const items = [{ id: 'large', image: { dataUrl: large } }];
  await earlier.request.post('/v1/collections/foreign/items').send({ items });
  await earlier.close();
}

/** Machines that have other things to do are slow to decode. */
const PATIENT = { MAX_PICTURE_SECONDS: '600' };

/** Starts the servers; `dataDir` is an empty folder. */
export async function startWorld(dataDir: string): Promise<StatusWorld> {
  const picture = dataUrl(await plainPicture('#d02020'));
  await leaveForeign(dataDir, picture);
  const bundles = await everyTask();
  const env = { ...PATIENT, DATA_DIR: dataDir, API_KEY: 'key', MAX_JSON_BYTES: '20000', MAX_RUNNING_JOBS: '1' };
  const main = await startHarness({ bundles, env: { ...env, MAX_PICTURE_PIXELS: '40000' } });
  const hurried = await startHarness({ bundles, env: { ...PATIENT, REQUEST_TIMEOUT_MS: '1', BATCH_WAIT_MS: '300' } });
  const limited = await startHarness({ bundles: [], env: { REQUESTS_PER_MINUTE: '1' } });
  const impatient = await startHarness({ bundles: [], env: { BODY_TIMEOUT_MS: '100' } });
  await putSample(main, 'c', picture);
  await putSample(hurried, 'c', picture);
  const close = async () => {
    await Promise.all([main, hurried, limited, impatient].map((harness) => harness.close()));
  };
  return { main, hurried, limited, impatient, picture, close };
}

/** A server whose disk is full, for one test; undefined where the machine lets no small disk be mounted. */
export async function startOnFullDisk(picture: string): Promise<Harness | undefined> {
  const dataDir = await tempDir();
  if (!mountSmallDisk(dataDir, 6000)) return undefined;
  const harness = await startHarness({ env: { ...PATIENT, DATA_DIR: dataDir } });
  await putSample(harness, 'c', picture);
  for (let bytes = 1 << 20; bytes >= 4096; bytes /= 2) {
    for (let n = 0; n < 8; n++) {
      await writeFile(join(dataDir, `ballast-${bytes}-${n}`), Buffer.alloc(bytes)).catch(() => undefined);
    }
  }
  return harness;
}

/** The id of a job that has ended. */
export async function endedJob({ main }: StatusWorld): Promise<string> {
  const items = [{ id: 'of a job', caption: 'a ball' }];
  const job = await startJob(keyed(main), { type: 'import', collection: 'c', items });
  await jobOnce(keyed(main), job.id);
  return job.id;
}

/** The id of a job that waits behind another one. */
export async function waitingJob({ main }: StatusWorld): Promise<string> {
  const items = Array.from({ length: 300 }, (_, n) => ({ id: `n${n}`, caption: `a ball ${n}` }));
  const jobs: Job[] = [];
  for (const some of [items, items.slice(0, 1)]) {
    jobs.push(await startJob(keyed(main), { type: 'import', collection: 'c', items: some }));
  }
  return jobs[1]!.id;
}

/** A client whose requests all have the key. */
function keyed({ request }: Harness): Harness['request'] {
  const methods = ['get', 'put', 'post', 'patch', 'delete'] as const;
  const entries = methods.map((method) => [method, (path: string) => request[method](path).set(KEY)]);
  return Object.fromEntries(entries) as Harness['request'];
}
