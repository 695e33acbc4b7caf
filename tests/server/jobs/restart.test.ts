// Jobs and the processes that run them: what is cut short goes on with the next one.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import supertest from 'supertest';
import { describe, expect, onTestFinished, test } from 'vitest';
import { tempDir } from '../../fixtures/temp-dir.js';
import { type Job, jobOnce, resultsOf, startJob } from '../job-client.js';
import { dataUrl, plainPicture } from '../pictures.js';
import { type ServerProcess, startProcess } from '../server-process.js';

async function start(dataDir: string): Promise<ServerProcess & { request: ReturnType<typeof supertest> }> {
  const server = await startProcess(dataDir, { BATCH_SIZE: '1' });
  onTestFinished(() => void server.child.kill('SIGKILL'));
  return { ...server, request: supertest(server.address) };
}

/** A test of several processes takes its time where others compute, too. */
const PROCESSES_MS = 180_000;

const reached =
  (count: number) =>
  ({ counts }: Job): boolean =>
    counts.completed >= count;

describe.each(['SIGKILL', 'SIGTERM'] as const)('after %s', (signal) => {
  test(
    'an import goes on where it was, and no item is there twice or missing',
    async () => {
      const dataDir = await tempDir();
      const first = await start(dataDir);
      await first.request.put('/v1/collections/c');
      const image = { dataUrl: dataUrl(await plainPicture('#903030')) };
      // Every other one has no id of its own.
      const lines = Array.from({ length: 300 }, (_, n) =>
        JSON.stringify({ ...(n % 2 === 0 ? { id: `n${n}` } : {}), image, caption: `a red ball ${n}` }),
      );
      lines[100] = '{broken';
      const job = await startJob(first.request, { type: 'import', collection: 'c' }, lines.join('\n'));
      const seen = await jobOnce(first.request, job.id, reached(32));
      expect(seen.counts.completed).toBeLessThan(299);
      await first.stop(signal);

      const second = await start(dataDir);
      const ended = await jobOnce(second.request, job.id);
      expect(ended).toMatchObject({ status: 'completed', counts: { total: 300, completed: 299, failed: 1 } });
      const output = await resultsOf(second.request, job.id, 'output');
      const errors = await resultsOf(second.request, job.id, 'errors');
      const done = [...output, ...errors].map(({ line }) => line!).sort((a, b) => a - b);
      expect(done).toEqual(lines.map((_, n) => n + 1));
      expect((await second.request.get('/v1/collections/c')).body).toMatchObject({
        items: 299,
        images: 299,
        texts: 299,
      });
      const { items } = (await second.request.get('/v1/collections/c/items?limit=1000')).body;
      const captions = new Set(items.map(({ caption }: { caption: string }) => caption));
      expect(captions.size).toBe(299);
      expect(await second.stop('SIGTERM')).toEqual({ code: 0, signal: null });
    },
    PROCESSES_MS,
  );
});

test(
  'a task goes on where it was, and each request has one answer',
  async () => {
    const dataDir = await tempDir();
    const first = await start(dataDir);
    await first.request.put('/v1/collections/c');
    await first.request.post('/v1/collections/c/items').send({ items: [{ id: 'a', caption: 'x' }] });
    const requests = Array.from({ length: 300 }, (_, n) => ({
      custom_id: `r${n}`,
      task: 'search',
      collection: 'c',
      body: { text: `a ball ${n}`, target: 'text' },
    }));
    const job = await startJob(first.request, { type: 'task', requests });
    await jobOnce(first.request, job.id, reached(8));
    first.child.kill('SIGKILL');
    const second = await start(dataDir);
    const ended = await jobOnce(second.request, job.id);
    expect(ended).toMatchObject({ status: 'completed', counts: { total: 300, completed: 300, failed: 0 } });
    const ids = (await resultsOf(second.request, job.id, 'output')).map(({ custom_id }) => custom_id);
    expect(ids).toEqual(requests.map(({ custom_id }) => custom_id));
  },
  PROCESSES_MS,
);

test(
  'what was waiting or begun is taken up, what was over stays, and rubbish is no harm',
  async () => {
    const dataDir = await tempDir();
    const base = { counts: { total: 1, completed: 0, failed: 0 }, revision: 5, createdAt: '2024-01-01T00:00:00.000Z' };
    const checkpoint = { inputBytes: 0, inputLines: 0, outputBytes: 0, errorBytes: 0 };
    const endedAt = new Date().toISOString();
    const jobs = [
      { id: '1', status: 'running', request: { type: 'backup', name: 'b', keep: true } },
      { id: '2', status: 'cancelling', request: { type: 'task' } },
      { id: '3', status: 'completed', request: { type: 'task' }, endedAt },
      { id: '4', status: 'running', request: { type: 'reindex', collection: 'gone', model: 'tiny' } },
      { id: '5', status: 'queued', request: { type: 'backup', name: 'c', keep: true } },
    ];
    for (const job of jobs) {
      await mkdir(join(dataDir, 'jobs', job.id), { recursive: true });
      await writeFile(join(dataDir, 'jobs', job.id, 'job.json'), JSON.stringify({ ...base, checkpoint, ...job }));
    }
    await mkdir(join(dataDir, 'jobs', '.6'));
    await mkdir(join(dataDir, 'jobs', '7'));
    await writeFile(join(dataDir, 'jobs', '7', 'job.json'), '{"id":');
    await mkdir(join(dataDir, 'backups', 'b', 'unfinished-backup'), { recursive: true });
    const { request } = await start(dataDir);
    await jobOnce(request, '5');
    await jobOnce(request, '4');
    const states = (await request.get('/v1/jobs')).body.jobs.map(({ id, status, error }: Job) => [
      id,
      status,
      error?.status,
    ]);
    expect(states).toEqual([
      ['5', 'completed', undefined],
      ['4', 'failed', 404],
      ['3', 'completed', undefined],
      ['2', 'cancelled', undefined],
      ['1', 'failed', 503],
    ]);
    expect((await request.get('/v1/jobs/1')).body.error.detail).toContain('stopped');
    const again = await startJob(request, { type: 'backup', name: 'b' });
    expect((await jobOnce(request, again.id)).status).toBe('completed');
  },
  PROCESSES_MS,
);
