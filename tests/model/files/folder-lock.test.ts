import { statSync, utimesSync } from 'node:fs';
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { lockFolder } from '../../../model/files/folder-lock.js';
import type { Heartbeat } from '../../../model/files/heartbeat-worker.js';
import { ownIdentity } from '../../../model/files/process-identity.js';
import { startChild } from '../../fixtures/child-process.js';
import { mountSmallDisk } from '../../fixtures/small-disk.js';
import { tempDir } from '../../fixtures/temp-dir.js';

const HOLD_LOCK = new URL('./hold-lock.js', import.meta.url);

describe('the lock of a folder', () => {
  test('tells a second process which one holds the directory, and lets it in afterwards', async () => {
    const dir = join(await tempDir(), 'made');
    const lock = await lockFolder(dir, 'data directory');
    const refused = startChild(HOLD_LOCK, [dir]);
    await refused.ended();
    expect(refused.lines).toEqual([`data directory: expected to be free, got ${dir} locked by process ${process.pid}`]);
    await lock.release();
    const admitted = startChild(HOLD_LOCK, [dir]);
    await admitted.reached(1);
    expect(admitted.lines).toEqual(['held']);
    await expect(lockFolder(dir, 'data directory')).rejects.toThrow(`locked by process ${admitted.process.pid}`);
  });

  test('takes over from a killed process', async () => {
    const dir = await tempDir();
    const holder = startChild(HOLD_LOCK, [dir]);
    await holder.reached(1);
    await holder.ended(true);
    const lock = await lockFolder(dir, 'data directory');
    await expect(lockFolder(dir, 'data directory')).rejects.toThrow(`locked by process ${process.pid}`);
    await lock.release();
    expect(await readdir(dir)).toHaveLength(1);
  });

  test('lets exactly one of many processes take over a stale lock', async () => {
    const dir = await tempDir();
    const holder = startChild(HOLD_LOCK, [dir]);
    await holder.reached(1);
    await holder.ended(true);
    const rivals = Array.from({ length: 5 }, () => startChild(HOLD_LOCK, [dir]));
    await Promise.all(rivals.map((rival) => rival.reached(1)));
    expect(rivals.filter(({ lines }) => lines[0] === 'held')).toHaveLength(1);
  });

  const self = ownIdentity();
  const minuteAgo = new Date(Date.now() - 60_000);
  test.each([
    { name: 'a process id that another process got since', content: JSON.stringify({ ...self, started: '1' }) },
    { name: 'a process that is gone', content: JSON.stringify({ ...self, pid: 2 ** 22 + 1 }) },
    { name: 'a silent process elsewhere', content: JSON.stringify({ ...self, realm: 'other boot ns' }), at: minuteAgo },
    { name: 'a file cut short', content: '{"pid":', at: minuteAgo },
    { name: 'an empty file', content: '', at: minuteAgo },
  ])('is free where it was left by $name', async ({ content, at }) => {
    const dir = await tempDir();
    await writeFile(join(dir, 'lock.7'), content);
    if (at) await utimes(join(dir, 'lock.7'), at, at);
    const lock = await lockFolder(dir, 'data directory');
    expect(await readdir(dir)).toEqual(['lock.8']);
    await lock.release();
  });

  test('can be taken and given back on a full disk', async (context) => {
    const dir = join(await tempDir(), 'small');
    await mkdir(dir);
    if (!mountSmallDisk(dir, 64)) context.skip('needs the right to mount a small disk');
    await writeFile(join(dir, 'filler'), Buffer.alloc(200_000)).catch(() => {});
    const lock = await lockFolder(dir, 'data directory');
    await expect(lockFolder(dir, 'data directory')).rejects.toThrow(
      'locked by a process that had no room for its name',
    );
    await lock.release();
    await (await lockFolder(dir, 'data directory')).release();
  });

  test('is held by a process elsewhere that was heard of a moment ago', async () => {
    const dir = await tempDir();
    await writeFile(join(dir, 'lock.1'), JSON.stringify({ pid: 1, started: '5', realm: 'box boot ns' }));
    await expect(lockFolder(dir, 'data directory')).rejects.toThrow(
      'locked by process 1 of another container or machine (box)',
    );
  });

  test('shows life while the thread that took it is busy', async () => {
    const file = join(await tempDir(), 'lock.1');
    await writeFile(file, '');
    const beat: Heartbeat = { file, everyMs: 10 };
    const heart = new Worker(new URL('../../../model/files/heartbeat-worker.js', import.meta.url), {
      workerData: beat,
    });
    const beats = () => statSync(file).mtimeMs > 0;
    utimesSync(file, 0, 0);
    while (!beats()) await new Promise((resolve) => setTimeout(resolve, 10));
    utimesSync(file, 0, 0);
    const still = new Int32Array(new SharedArrayBuffer(4));
    for (let i = 0; i < 500 && !beats(); i++) Atomics.wait(still, 0, 0, 10);
    expect(beats()).toBe(true);
    await heart.terminate();
  });
});
