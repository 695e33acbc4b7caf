// Rounds of kill -9 under everything that writes, each followed by a look at what the next process finds.
import { setTimeout as pause } from 'node:timers/promises';
import supertest from 'supertest';
import { expect, onTestFinished } from 'vitest';
import { createRng } from '../../../model/random.js';
import { GONE, Ledger } from '../../fixtures/ledger.js';
import { tempDir } from '../../fixtures/temp-dir.js';
import { expectContract } from '../contract-check.js';
import { isOver, type Job, jobOnce } from '../job-client.js';
import { dataUrl } from '../pictures.js';
import { type ServerProcess, startProcess } from '../server-process.js';
import { expectFreshAnswers } from './fresh-answers.js';
import { somePictures, stateOf } from './sent-item.js';
import { COLLECTION, WriteLoad } from './write-load.js';

type Client = ReturnType<typeof supertest>;

/** Items that the next round begins with. */
const MOST_ITEMS = 100;

interface ListedItem {
  id: string;
  caption?: string;
  metadata: { version: number };
  imageUrl?: string;
}

/** What came of all rounds together. */
export interface KillSummary {
  rounds: number;
  acknowledged: number;
  items: number;
}

async function start(dataDir: string): Promise<ServerProcess> {
  const server = await startProcess(dataDir);
  onTestFinished(() => void server.child.kill('SIGKILL'));
  return server;
}

/** Lets the load run until it was answered so often, and kills the server some moments later. */
async function killUnder(load: WriteLoad, server: ServerProcess, acknowledged: number, moment: number): Promise<void> {
  const running = load.run();
  const enough = async (): Promise<void> => {
    while (load.acknowledged < acknowledged) await pause(1);
    await pause(moment);
  };
  await Promise.race([running, enough()]);
  load.over();
  await server.stop('SIGKILL');
  await running;
}

/** Waits until the imports that were cut short have gone on to their end; the one of this load has then stored all its lines. */
async function finishImports(client: Client, { imported: { id, lines } }: WriteLoad, ledger: Ledger): Promise<void> {
  const { jobs } = (await client.get('/v1/jobs')).body as { jobs: Job[] };
  for (const job of jobs) if (!isOver(job)) await jobOnce(client, job.id);
  // It may have been taken in without our having heard of it.
  const job = id === undefined ? jobs[0] : jobs.find((each) => each.id === id);
  if (id !== undefined) expect(job, `the import ${id} was acknowledged`).toBeDefined();
  if (!job) return;
  const ended = await jobOnce(client, job.id);
  expect(ended).toMatchObject({ status: 'completed', counts: { completed: lines.length, failed: 0 } });
  for (const [n, { id: own, state }] of lines.entries()) ledger.done(own ?? `${job.id}-${n + 1}`, state);
  expect((await client.delete(`/v1/jobs/${job.id}`)).status).toBe(204);
}

/** Every item of the collection, page by page. */
async function listed(client: Client): Promise<ListedItem[]> {
  const items: ListedItem[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const answer = await client.get(`${COLLECTION}/items`).query({ limit: 50, ...(cursor ? { cursor } : {}) });
    expectContract(answer);
    items.push(...answer.body.items);
    cursor = answer.body.nextCursor;
  }
  return items;
}

/** What is stored by id, the bytes of the pictures included. */
async function storedStates(client: Client, pictures: readonly string[]): Promise<Map<string, string>> {
  const items = await listed(client);
  const states = new Map<string, string>();
  for (const { id, caption, metadata, imageUrl } of items) {
    const picture = imageUrl && pictures.indexOf(dataUrl((await client.get(imageUrl)).body));
    if (imageUrl) expect(picture, `the picture of ${id}`).toBeGreaterThanOrEqual(0);
    states.set(id, stateOf({ caption, picture: imageUrl ? Number(picture) : undefined, version: metadata.version }));
  }
  expect(items, 'no id twice').toHaveLength(states.size);
  const count = (part: 'caption' | 'imageUrl') => items.filter((item) => item[part] !== undefined).length;
  const counts = { items: items.length, images: count('imageUrl'), texts: count('caption') };
  expect((await client.get(COLLECTION)).body).toMatchObject(counts);
  return states;
}

/** Deletes the oldest items where they are many, so that the last round takes no longer than the first. */
async function thinOut(client: Client, states: ReadonlyMap<string, string>, ledger: Ledger): Promise<void> {
  for (const id of [...states.keys()].slice(0, Math.max(0, states.size - MOST_ITEMS))) {
    expect((await client.delete(`${COLLECTION}/items/${id}`)).status).toBe(204);
    ledger.done(id, GONE);
  }
}

/**
 * Kills a server with SIGKILL, `rounds` times, under items that are added, replaced, changed, deleted, streamed, imported by a job and
 * searched for. Fails unless the next process has every acknowledged change and nothing that was not sent, and answers as a collection
 * that is built anew.
 */
export async function killRounds(rounds: number, seed = 1): Promise<KillSummary> {
  const dataDir = await tempDir();
  const pictures = await somePictures();
  const ledger = new Ledger();
  const rng = createRng('kill rounds', seed);
  let server = await start(dataDir);
  await supertest(server.address).put(COLLECTION);
  let acknowledged = 0;
  for (let round = 1; round <= rounds; round++) {
    const load = new WriteLoad({ address: server.address, round, ledger, rng, pictures });
    await killUnder(load, server, 10 + rng.int(150), rng.int(40));
    acknowledged += load.acknowledged;
    server = await start(dataDir);
    const client = supertest(server.address);
    await finishImports(client, load, ledger);
    const states = await storedStates(client, pictures);
    ledger.settle(states);
    await expectFreshAnswers(client, states, pictures);
    await thinOut(client, states, ledger);
  }
  return { rounds, acknowledged, items: ledger.possible.size };
}
