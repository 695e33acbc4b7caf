import { pino } from 'pino';
import { afterEach, describe, expect, test } from 'vitest';
import { UnavailableError } from '../../../server/inference/errors.js';
import { WorkerThread } from '../../../server/inference/worker-thread.js';

const open: WorkerThread[] = [];
afterEach(async () => {
  for (const thread of open.splice(0)) await thread.close();
});

function frail(broken = false): { thread: WorkerThread; changes: boolean[] } {
  const changes: boolean[] = [];
  const thread: WorkerThread = new WorkerThread(
    new URL('./frail-worker.js', import.meta.url),
    { broken },
    {
      name: 'frail',
      log: pino({ level: 'silent' }),
      revive: ({ name, message, fields }) => Object.assign(new Error(message), { name, ...fields }),
      onChange: () => changes.push(thread.ready),
    },
  );
  open.push(thread);
  return { thread, changes };
}

describe('WorkerThread', () => {
  test('answers requests, and tells what it loaded', async () => {
    const { thread } = frail();
    expect(await thread.start()).toEqual({ name: 'frail' });
    expect(await Promise.all([1, 2, 3].map((n) => thread.call(n)))).toEqual([2, 4, 6]);
  });

  test('an error crosses with its name and fields, and the thread goes on', async () => {
    const { thread } = frail();
    await thread.start();
    await expect(thread.call('throw')).rejects.toMatchObject({ name: 'RangeError', message: 'too much', limit: 3 });
    expect(await thread.call(4)).toBe(8);
  });

  test('a thread that ends fails what it had not answered, and is replaced', async () => {
    const { thread, changes } = frail();
    await thread.start();
    const lost = await Promise.allSettled([thread.call('die'), thread.call(1)]);
    for (const answer of lost)
      expect(answer).toMatchObject({ status: 'rejected', reason: expect.any(UnavailableError) });
    expect(thread.ready).toBe(false);
    await expect(thread.call(1)).rejects.toBeInstanceOf(UnavailableError);
    while (!thread.ready) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await thread.call(5)).toBe(10);
    expect(changes).toEqual([true, false, true]);
  });

  test('closing waits for the answers that are under way, and takes no more', async () => {
    const { thread } = frail();
    await thread.start();
    const answers = [1, 2].map((n) => thread.call(n));
    const closed = thread.close();
    await expect(thread.call(3)).rejects.toBeInstanceOf(UnavailableError);
    expect(await Promise.all(answers)).toEqual([2, 4]);
    await closed;
  });

  test('a first load that fails is reported with its reason', async () => {
    await expect(frail(true).thread.start()).rejects.toThrow('no such file');
  });
});
