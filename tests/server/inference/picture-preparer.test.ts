import { expect, test } from 'vitest';
import { PicturePreparer } from '../../../server/inference/picture-preparer.js';
import type { WorkerThread } from '../../../server/inference/worker-thread.js';

test('who waits too long is told, and the place stays taken until the decoder is done', async () => {
  let finish = (_reply: unknown): void => undefined;
  let calls = 0;
  const call = (): Promise<unknown> => {
    const slow = new Promise((resolve) => {
      finish = resolve;
    });
    return ++calls === 1 ? slow : Promise.resolve('decoded');
  };
  const thread = { ready: true, call, close: async () => undefined } as unknown as WorkerThread;
  const pictureLimits = { maxPixels: 1, timeoutSeconds: 0.02 };
  const preparer = new PicturePreparer(thread, 1, { queueSize: 10, pictureLimits });
  const decode = (): Promise<unknown> => preparer.run('thumbnail', { bytes: Uint8Array.of(1), size: 16 });

  const late = decode();
  const next = decode();
  await expect(late).rejects.toMatchObject({ name: 'PictureError', code: 'timeout' });
  expect(calls).toBe(1);
  finish('too late');
  expect(await next).toBe('decoded');
  await preparer.close();
});
