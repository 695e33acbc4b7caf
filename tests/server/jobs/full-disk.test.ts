import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { mountSmallDisk } from '../../fixtures/small-disk.js';
import { tempDir } from '../../fixtures/temp-dir.js';
import { expectContract } from '../contract-check.js';
import { jobOnce, resultsOf, startJob } from '../job-client.js';
import { startHarness } from '../server-harness.js';

test('a disk that is full refuses jobs whole, and ends an import that fills it; there is nothing by half', async (context) => {
  const dataDir = join(await tempDir(), 'small');
  await mkdir(dataDir);
  if (!mountSmallDisk(dataDir, 6000)) context.skip('needs the right to mount a small disk');
  const harness = await startHarness({ env: { DATA_DIR: dataDir } });
  onTestFinished(() => harness.close());
  const { request } = harness;
  await request.put('/v1/collections/c');

  const tooLarge = await request
    .post('/v1/jobs')
    .field({ type: 'task' })
    .attach('file', Buffer.alloc(8_000_000, 'x'), 'lines.jsonl');
  expectContract(tooLarge);
  expect([tooLarge.status, tooLarge.body.type]).toEqual([507, 'urn:maskvlm:no-space']);
  expect(await readdir(join(dataDir, 'jobs'))).toEqual([]);

  const note = 'x'.repeat(30_000);
  const lines = Array.from({ length: 100 }, (_, n) =>
    JSON.stringify({ id: `n${n}`, caption: 'a ball', metadata: { note } }),
  );
  const filling = await startJob(request, { type: 'import', collection: 'c' }, lines.join('\n'));
  const job = await jobOnce(request, filling.id);
  expect(job).toMatchObject({ status: 'failed', error: { status: 507 } });
  const output = await resultsOf(request, job.id, 'output');
  expect(output).toHaveLength(job.counts.completed);
  const { items } = (await request.get('/v1/collections/c')).body;
  expect(items).toBeGreaterThanOrEqual(job.counts.completed);
  expect(items).toBeLessThan(100);

  expect((await request.delete(`/v1/jobs/${job.id}`)).status).toBe(204);
  expect((await request.delete('/v1/collections/c')).status).toBe(204);
  await request.put('/v1/collections/d');
  const small = await startJob(request, { type: 'import', collection: 'd', items: [{ id: 'a', caption: 'x' }] });
  expect((await jobOnce(request, small.id)).status).toBe('completed');
});
