import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { open } from 'lmdb';
import supertest from 'supertest';
import { describe, expect, onTestFinished, test } from 'vitest';
import { NoSpaceError } from '../../../model/files/no-space-error.js';
import { openCollections } from '../../../server/collections/collections.js';
import { copyStore } from '../../../server/store/copy-store.js';
import { maskvlm } from '../../fixtures/command-line.js';
import { mountSmallDisk } from '../../fixtures/small-disk.js';
import { tempDir } from '../../fixtures/temp-dir.js';
import { openSamples } from '../collections/open-samples.js';
import { encoded, sampleItem } from '../collections/sample-items.js';
import { expectContract } from '../contract-check.js';
import { jobOnce, resultsOf, startJob } from '../job-client.js';
import { dataUrl, plainPicture } from '../pictures.js';
import { startHarness } from '../server-harness.js';
import { type ServerProcess, startProcess } from '../server-process.js';

async function start(dataDir: string, env: Record<string, string> = {}): Promise<ServerProcess> {
  const server = await startProcess(dataDir, env);
  onTestFinished(() => void server.child.kill('SIGKILL'));
  return server;
}

type Client = ReturnType<typeof supertest>;
interface Item {
  id: string;
  caption: string;
}

async function itemsOf(request: Client): Promise<Item[]> {
  return (await request.get('/v1/collections/c/items?limit=1000')).body.items;
}

/** Items and searches of a backup are those that there were: all that had been acknowledged before, none by half. */
async function expectItems(request: Client, before: Item[]): Promise<void> {
  const restored = await itemsOf(request);
  expect(restored.slice(0, before.length)).toEqual(before);
  const info = (await request.get('/v1/collections/c')).body;
  expect([info.items, info.images]).toEqual([restored.length, restored.length]);
  const found = await request.post('/v1/collections/c/search').send({ text: 'a ball', k: 1000, candidates: 1000 });
  expect(found.body.hits).toHaveLength(restored.length);
  const added = await request.post('/v1/collections/c/items').send({ items: [{ id: 'later', caption: 'x' }] });
  expect(added.status).toBe(200);
}

/** A test of several processes takes its time where others compute, too. */
const PROCESSES_MS = 180_000;

test.each(['--server', '--data-dir'])(
  'backup %s copies what a server has while it goes on writing',
  async (from) => {
    const dataDir = await tempDir();
    const env = { API_KEY: 'secret' };
    const server = await start(dataDir, env);
    const request = supertest.agent(server.address).set({ Authorization: 'Bearer secret' }) as unknown as Client;
    await request.put('/v1/collections/c');
    const image = { dataUrl: dataUrl(await plainPicture('#309030')) };
    const add = (prefix: string) =>
      request.post('/v1/collections/c/items').send({
        items: Array.from({ length: 20 }, (_, n) => ({ id: `${prefix}-${n}`, image, caption: `a ball ${n}` })),
      });
    await add('first');
    const before = await itemsOf(request);
    let isDone = false;
    const writing = (async () => {
      for (let n = 0; !isDone; n++) await add(`more-${n}`);
    })();
    const out = join(await tempDir(), 'deep', 'backup');
    const { status, stdout, stderr } = await maskvlm(
      ['backup', from, from === '--server' ? server.address : dataDir, '--out', out],
      { env },
    );
    isDone = true;
    await writing;
    expect([status, stderr]).toEqual([0, '']);
    const { files } = JSON.parse(stdout);
    expect(files).toEqual([
      { file: 'store/data.mdb', bytes: expect.any(Number), sha256: expect.stringMatching(/^[\da-f]{64}$/) },
    ]);
    expect(await readdir(out)).toEqual(['store']);
    // What the server made for it is gone with its job.
    expect((await request.get('/v1/jobs')).body.jobs).toEqual([]);
    expect(await readdir(join(dataDir, 'jobs'))).toEqual([]);
    const kept = (await itemsOf(request)).length;
    expect(kept).toBeGreaterThan(before.length);
    await server.stop('SIGTERM');
    const restored = await startHarness({ env: { DATA_DIR: out } });
    onTestFinished(() => restored.close());
    await expectItems(restored.request, before);
  },
  PROCESSES_MS,
);

describe('a backup job', () => {
  test(
    'writes into the folder of backups, names its files, and its copy outlives the job',
    async () => {
      const dataDir = await tempDir();
      const backups = join(await tempDir(), 'backups');
      const server = await start(dataDir, { BACKUP_DIR: backups });
      const request = supertest(server.address);
      await request.put('/v1/collections/c');
      await request.post('/v1/collections/c/items').send({
        items: [{ id: 'a', image: { dataUrl: dataUrl(await plainPicture('#102030')) }, caption: 'a ball' }],
      });
      const before = await itemsOf(request);
      const job = await jobOnce(request, (await startJob(request, { type: 'backup', name: 'monday' })).id);
      expect(job).toMatchObject({
        status: 'completed',
        path: join(backups, 'monday'),
        counts: { total: 1, completed: 1 },
      });
      const [{ custom_id: file, response } = { custom_id: null, response: { body: {} } }] = await resultsOf(
        request,
        job.id,
        'output',
      );
      expect([file, response.body]).toEqual(['store/data.mdb', expect.objectContaining({ file: 'store/data.mdb' })]);
      const bytes = await request.get(`/v1/jobs/${job.id}/output`).query({ file: 'store/data.mdb' });
      expect(bytes.headers['content-length']).toBe(String((response.body as { bytes: number }).bytes));
      for (const other of ['store/lock.mdb', '../../store/data.mdb', 'store']) {
        expect((await request.get(`/v1/jobs/${job.id}/output`).query({ file: other })).status).toBe(404);
      }
      const again = await request.post('/v1/jobs').send({ type: 'backup', name: 'monday' });
      expectContract(again);
      expect([again.status, again.body.detail]).toEqual([409, expect.stringContaining('a new or empty folder')]);
      const unnamed = await jobOnce(request, (await startJob(request, { type: 'backup' })).id);
      expect(unnamed.status).toBe('completed');
      await request.delete(`/v1/jobs/${job.id}`);
      await server.stop('SIGTERM');
      const restored = await start(join(backups, 'monday'));
      await expectItems(supertest(restored.address), before);
    },
    PROCESSES_MS,
  );
});

describe('backup is refused', () => {
  test.each([
    ['neither source', []],
    ['both sources', ['--data-dir', 'x', '--server', 'http://127.0.0.1:1']],
  ])('with %s', async (_name, args) => {
    const { status, stderr } = await maskvlm(['backup', ...args, '--out', 'never']);
    expect(status).toBe(2);
    expect(stderr).toContain('expected either --data-dir or --server');
  });

  test('where the folder has something in it, and nothing is touched', async () => {
    const { dir } = await openSamples();
    const out = await tempDir();
    await writeFile(join(out, 'mine.txt'), 'mine');
    const { status, stderr } = await maskvlm(['backup', '--data-dir', dir, '--out', out]);
    expect([status, stderr]).toEqual([
      1,
      `error: backup ${out}: expected a new or empty folder, got one with mine.txt in it\n`,
    ]);
    expect(await readdir(out)).toEqual(['mine.txt']);
  });

  test.each([
    ['a folder without a store', ['--data-dir', '/nowhere'], /data directory \/nowhere: expected one with a store/],
    [
      'a server that is not there',
      ['--server', 'http://127.0.0.1:1'],
      /server http:\/\/127\.0\.0\.1:1: expected an answer/,
    ],
  ])('of %s', async (_name, args, message) => {
    const out = join(await tempDir(), 'new');
    const { status, stderr } = await maskvlm(['backup', ...args, '--out', out]);
    expect(status).toBe(1);
    expect(stderr).toMatch(message);
    await expect(readdir(out)).rejects.toThrow('ENOENT');
  });

  test('of a store of a newer release', async () => {
    const { dir, collections } = await openSamples();
    await collections.close();
    const root = open({ path: join(dir, 'store'), encoding: 'json' });
    await root.put('schema', { version: 7 });
    await root.close();
    const out = join(await tempDir(), 'new');
    await expect(copyStore(dir, out)).rejects.toThrow('expected schema version 1, got 7, written by a newer release');
    await expect(readdir(out)).rejects.toThrow('ENOENT');
  });

  test('where the disk is full, and nothing of it is left', async (context) => {
    const out = join(await tempDir(), 'small');
    await mkdir(out);
    if (!mountSmallDisk(out, 3500)) context.skip('needs the right to mount a small disk');
    const { dir, collections, samples } = await openSamples();
    const big = { bytes: new Uint8Array(2_000_000).fill(7), mediaType: 'image/png', width: 9, height: 9 };
    await samples.put([{ ...sampleItem('a', 1), picture: big }]);
    await samples.put([{ ...sampleItem('b', 2), picture: big }]);
    await expect(collections.backup(join(out, 'one'))).rejects.toThrow(NoSpaceError);
    await expect(copyStore(dir, out)).rejects.toThrow(
      /^backup .*small: expected room for 5\d{6} bytes, got \d+ bytes free$/,
    );
    await samples.delete('b');
    await copyStore(dir, out);
    const restored = await openCollections(out);
    // Vitest would take a minute to compare so many numbers.
    expect(Buffer.compare(restored.get('samples').picture('a')!.bytes, big.bytes)).toBe(0);
    const { embedding } = encoded(1);
    expect(await restored.get('samples').nearest({ target: 'image', embedding, k: 5 })).toHaveLength(1);
    await restored.close();
  });
});
