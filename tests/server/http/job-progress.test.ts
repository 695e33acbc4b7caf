import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { priorityOf } from '../../../server/inference/background-work.js';
import { UnavailableError } from '../../../server/inference/errors.js';
import type { LoadedModel } from '../../../server/inference/loaded-model.js';
import { createGate, holdCalls } from '../../fixtures/gate.js';
import { expectContract } from '../contract-check.js';
import { type Events, readEvents } from '../event-client.js';
import { isOver, type Job, jobOnce, resultsOf, startJob } from '../job-client.js';
import { type Harness, startHarness } from '../server-harness.js';

const SETTINGS = { MAX_RUNNING_JOBS: '1', MAX_WAITING_JOBS: '2', MAX_KEPT_JOBS: '2', HEARTBEAT_MS: '20' };
let harness: Harness;
let address: string;
let stop: () => void;
let model: LoadedModel;
let encodeTexts: LoadedModel['encodeTexts'];
beforeAll(async () => {
  harness = await startHarness({ env: SETTINGS });
  model = harness.core.inference.models()[0]!;
  encodeTexts = model.encodeTexts;
  const server = harness.app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  stop = () => server.close();
});
afterAll(async () => {
  stop();
  await harness.close();
});
beforeEach(async () => {
  await harness.request.put('/v1/collections/c');
});
afterEach(async () => {
  model.encodeTexts = encodeTexts;
  const { jobs } = (await harness.request.get('/v1/jobs')).body;
  for (const job of jobs.filter((one: Job) => !isOver(one))) await harness.request.delete(`/v1/jobs/${job.id}`);
  await harness.request.delete('/v1/collections/c');
});

/** Lets the model answer a text only once it may. */
function held(): { go: () => void } {
  const gate = createGate();
  model.encodeTexts = async (...args) => {
    await gate.opened;
    return encodeTexts.apply(model, args);
  };
  return { go: gate.open };
}

const items = (count: number) => Array.from({ length: count }, (_, n) => ({ id: `n${n}`, caption: `caption ${n}` }));
const importing = (count: number) =>
  startJob(harness.request, { type: 'import', collection: 'c', items: items(count) });
const eventsOf = (job: Job) => `${address}/v1/jobs/${job.id}/events`;

describe('cancelling', () => {
  test('a job that waits ends it at once', async () => {
    const { go } = held();
    const first = await importing(1);
    const second = await importing(1);
    const answer = await harness.request.delete(`/v1/jobs/${second.id}`);
    expectContract(answer);
    expect([answer.status, answer.body.status]).toEqual([200, 'cancelled']);
    go();
    expect((await jobOnce(harness.request, first.id)).status).toBe('completed');
    expect(await resultsOf(harness.request, second.id, 'output')).toEqual([]);
  });

  test('a job that runs stops it, and what it has done stays', async () => {
    const { go } = held();
    let rounds = 0;
    const wait = model.encodeTexts;
    // The first window goes through, the next ones wait.
    model.encodeTexts = (...args) => (++rounds === 1 ? encodeTexts.apply(model, args) : wait.apply(model, args));
    const job = await importing(200);
    await jobOnce(harness.request, job.id, ({ counts }) => counts.completed > 0);
    const cancelled = harness.request.delete(`/v1/jobs/${job.id}`);
    const pending = cancelled.then((answer) => answer);
    await jobOnce(harness.request, job.id, ({ status }) => status === 'cancelling');
    go();
    const answer = await pending;
    expectContract(answer);
    expect([answer.status, answer.body.status]).toEqual([200, 'cancelled']);
    const { completed } = answer.body.counts;
    expect(completed).toBeGreaterThan(0);
    expect(completed).toBeLessThan(200);
    expect(await resultsOf(harness.request, job.id, 'output')).toHaveLength(completed);
    const { items: kept } = (await harness.request.get('/v1/collections/c')).body;
    expect(kept).toBeGreaterThanOrEqual(completed);
    expect(kept).toBeLessThan(200);
  });

  test('a backup that runs stops it, and leaves nothing of it', async () => {
    const { collections, jobs } = harness.core;
    const { arrived, letGo } = holdCalls(collections, 'backup');
    const job = await startJob(harness.request, { type: 'backup', name: 'unwanted' });
    await arrived;
    const pending = harness.request.delete(`/v1/jobs/${job.id}`).then((answer) => answer);
    await jobOnce(harness.request, job.id, ({ status }) => status === 'cancelling');
    letGo();
    const answer = await pending;
    expectContract(answer);
    expect([answer.status, answer.body.status]).toEqual([200, 'cancelled']);
    expect(existsSync(join(jobs.options.backupDir, 'unwanted'))).toBe(false);
  });
});

describe('events', () => {
  test('tell the state now, every change, and the end, with growing ids', async () => {
    const { go } = held();
    const job = await importing(80);
    const reading = readEvents(eventsOf(job));
    setTimeout(go, 50);
    const { status, events } = await reading;
    expect(status).toBe(200);
    expect(events.map(({ event }) => event)).toEqual([...events.slice(1).map(() => 'progress'), 'end']);
    const completed = events.map(({ job: state }) => state.counts.completed);
    expect(completed).toEqual([...completed].sort((a, b) => a - b));
    expect(new Set(completed).size).toBeGreaterThan(2);
    const ids = events.map(({ id }) => Number(id));
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual([...ids].sort((a, b) => a - b));
    expect(events.at(-1)!.job).toEqual((await harness.request.get(`/v1/jobs/${job.id}`)).body);
  });

  test('come with heartbeats while nothing happens, and go on where the client was', async () => {
    const { go } = held();
    const job = await importing(1);
    await jobOnce(harness.request, job.id, ({ status }) => status === 'running');
    const first = await readEvents(eventsOf(job), { enough: ({ comments }: Events) => comments.length > 2 });
    expect(first.events).toHaveLength(1);
    const again = readEvents(eventsOf(job), { lastEventId: first.events[0]!.id });
    setTimeout(go, 50);
    const { events } = await again;
    expect(events[0]!.id).not.toBe(first.events[0]!.id);
    expect(events.at(-1)!.event).toBe('end');
    const behind = await readEvents(eventsOf(job), { lastEventId: first.events[0]!.id });
    expect(behind.events).toEqual([events.at(-1)]);
    const over = await readEvents(eventsOf(job), { lastEventId: events.at(-1)!.id });
    expect(over).toEqual({ status: 204, events: [], comments: [] });
    const answer = await harness.request.get(`/v1/jobs/${job.id}/events`).set('Last-Event-ID', events.at(-1)!.id);
    expectContract(answer);
  });

  test('end where the job is removed', async () => {
    const job = await importing(1);
    await jobOnce(harness.request, job.id);
    await harness.request.delete(`/v1/jobs/${job.id}`);
    expect((await readEvents(eventsOf(job))).status).toBe(404);
  });
});

describe('bounds', () => {
  test('more jobs than may wait are refused, and the others run in the order they came', async () => {
    const { go } = held();
    const taken = [await importing(1), await importing(1), await importing(1)];
    const refused = await harness.request.post('/v1/jobs').send({ type: 'import', collection: 'c', items: items(1) });
    expectContract(refused);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    const { text } = await harness.request.get('/metrics');
    expect(text).toMatch(/^maskvlm_jobs\{state="running"\} 1$/m);
    expect(text).toMatch(/^maskvlm_jobs\{state="waiting"\} 2$/m);
    go();
    const ended = await Promise.all(taken.slice(1).map(({ id }) => jobOnce(harness.request, id)));
    expect(ended.map(({ status }) => status)).toEqual(['completed', 'completed']);
    expect(ended[0]!.endedAt! <= ended[1]!.startedAt!).toBe(true);
  });

  test('only the newest of those that are over are kept', async () => {
    const made: string[] = [];
    for (let n = 0; n < 4; n++) {
      const job = await importing(1);
      await jobOnce(harness.request, job.id);
      made.unshift(job.id);
    }
    const listed = async () => (await harness.request.get('/v1/jobs')).body.jobs.map(({ id }: Job) => id);
    while ((await listed()).length > 2) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await listed()).toEqual(made.slice(0, 2));
  });
});

test('a worker that is replaced meanwhile only costs time', async () => {
  let failures = 2;
  model.encodeTexts = (...args) => {
    if (failures-- > 0) throw new UnavailableError('the worker ended');
    return encodeTexts.apply(model, args);
  };
  const job = await importing(40);
  const ended = await jobOnce(harness.request, job.id);
  expect(ended).toMatchObject({ status: 'completed', counts: { total: 40, completed: 40, failed: 0 } });
  expect(await resultsOf(harness.request, job.id, 'output')).toHaveLength(40);
});

test('the requests of a job give way to those of people', async () => {
  const priorities: string[] = [];
  model.encodeTexts = (texts, options) => {
    priorities.push(priorityOf(options?.signal));
    return encodeTexts.call(model, texts, options);
  };
  const requests = [{ custom_id: 'a', task: 'search', collection: 'c', body: { text: 'x' } }];
  const job = await startJob(harness.request, { type: 'task', requests });
  await jobOnce(harness.request, job.id);
  await harness.request.post('/v1/collections/c/search').send({ text: 'x' });
  expect(priorities).toEqual(['import', 'interactive']);
});
