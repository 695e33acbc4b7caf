import { parentPort } from 'node:worker_threads';
import type { WorkerFailure, WorkerMessage } from './worker-thread.js';

/** A reply, with the buffers that move to the other thread instead of being copied. */
export interface Answer {
  value: unknown;
  transfer: ArrayBuffer[];
}

export interface LoadedWorker {
  /** What the other thread learns about this one. */
  info: unknown;
  answer(request: unknown): Promise<Answer>;
}

/** The error without its class, with its own plain fields. */
function failureOf(error: unknown): WorkerFailure {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), fields: {} };
  const fields = Object.fromEntries(Object.entries(error).filter(([, value]) => typeof value !== 'object'));
  return { name: error.name, message: error.message, ...(error.stack ? { stack: error.stack } : {}), fields };
}

/** The life of a worker: load, say so, then answer one request after another. Ends the thread if it cannot load. */
export async function answerRequests(load: () => Promise<LoadedWorker>): Promise<void> {
  const port = parentPort;
  if (!port) throw new Error('this file runs in a worker thread');
  const post = (message: WorkerMessage, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer);
  let loaded: LoadedWorker;
  try {
    loaded = await load();
  } catch (error) {
    post({ kind: 'failed', error: failureOf(error) });
    port.close();
    return;
  }
  port.on('message', async ({ id, request }: { id: number; request: unknown }) => {
    try {
      const { value, transfer } = await loaded.answer(request);
      post({ kind: 'reply', id, value }, transfer);
    } catch (error) {
      post({ kind: 'error', id, error: failureOf(error) });
    }
  });
  post({ kind: 'ready', info: loaded.info });
}
