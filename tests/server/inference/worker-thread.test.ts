import { pino } from 'pino';
import { afterEach, describe, expect, test } from 'vitest';
import { UnavailableError } from '../../../server/inference/errors.js';
import { WorkerThread } from '../../../server/inference/worker-thread.js';

const open: WorkerThread[] = [];
afterEach(async () => {
  for (const thread of open.splice(0)) await thread.close();
});

function frail({ broken = false, prepare = undefined as ((thread: WorkerThread) => Promise<void>) | undefined } = {}): {
  thread: WorkerThread;
  changes: boolean[];
} {
  const changes: boolean[] = [];
  const thread: WorkerThread = new WorkerThread(
    new URL('./frail-worker.js', import.meta.url),
    { broken },
    {
      name: 'frail',
      prepare: prepare && (() => prepare(thread)),
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

  test('every thread is prepared before it is ready, the first and those that replace it', async () => {
    const seen: unknown[] = [];
    const { thread } = frail({
      prepare: async (own) => {
        seen.push([own.ready, await own.call(21)]);
      },
    });
    await thread.start();
    expect(seen).toEqual([[false, 42]]);
    await expect(thread.call('die')).rejects.toBeInstanceOf(UnavailableError);
    while (!thread.ready) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(seen).toEqual([
      [false, 42],
      [false, 42],
    ]);
  });

  test.each([
    ['throws', async () => Promise.reject(new Error('no such graph')), 'no such graph'],
    ['ends the thread', async (own: WorkerThread) => own.call<void>('die'), 'exit code 9'],
  ])('a first preparation that %s is reported with its reason', async (_name, prepare, reason) => {
    const { thread } = frail({ prepare });
    await expect(thread.start()).rejects.toThrow(reason);
    expect(thread.ready).toBe(false);
    await expect(thread.call(1)).rejects.toBeInstanceOf(UnavailableError);
  });

  test('a preparation that fails later is repeated until it does not', async () => {
    let preparations = 0;
    const { thread } = frail({
      prepare: async () => {
        if (++preparations === 2) throw new Error('just now');
      },
    });
    await thread.start();
    await expect(thread.call('die')).rejects.toBeInstanceOf(UnavailableError);
    while (!thread.ready) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(preparations).toBe(3);
    expect(await thread.call(5)).toBe(10);
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
    await expect(frail({ broken: true }).thread.start()).rejects.toThrow('no such file');
  });
});
