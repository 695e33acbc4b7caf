import { Worker } from 'node:worker_threads';
import type { SceneKey } from './sample-scene.js';
import type { Scene } from './scene.js';

/** What a thread is told at its start: the folder that pictures go to and their side in pixels. */
export interface WorkerSettings {
  folder: string;
  size: number;
}

/** A scene and the path of its picture in the folder. */
export interface Picture {
  filename: string;
  scene: Scene;
}

/** What can be drawn: a whole scene, a single object in one, or a single object close up. */
export type Drawn = 'scene' | 'object' | 'closeUp';

/** What a thread is told to do. */
export type Order = { draw: Drawn; keys: readonly SceneKey[] } | { render: readonly Picture[] };

/** Threads that make scenes and pictures. */
export interface SceneWorkers {
  /** Gives the scenes of keys, in their order. */
  draw(what: Drawn, keys: readonly SceneKey[]): Promise<Scene[]>;
  /** Writes the pictures of scenes. */
  render(pictures: readonly Picture[]): Promise<void>;
  close(): Promise<void>;
}

/** What a thread takes at a time. */
const SHARE = 32;

/** Starts `count` threads; `onDone` is told of every order that is carried out. */
export function startSceneWorkers(
  count: number,
  settings: WorkerSettings,
  onDone: (order: Order) => void,
): SceneWorkers {
  const workers = Array.from({ length: count }, () => {
    return new Worker(new URL('./scene-worker.js', import.meta.url), { workerData: settings });
  });
  const share = async <T>(items: readonly T[], orderFor: (items: readonly T[]) => Order) => {
    const answers: unknown[][] = [];
    let next = 0;
    const work = async (worker: Worker) => {
      while (next < items.length) {
        const start = next;
        next += SHARE;
        const order = orderFor(items.slice(start, next));
        answers[start / SHARE] = await ask(worker, order);
        onDone(order);
      }
    };
    await Promise.all(workers.map(work));
    return answers.flat();
  };
  return {
    draw: async (draw, keys) => (await share(keys, (some) => ({ draw, keys: some }))) as Scene[],
    async render(pictures) {
      await share(pictures, (render) => ({ render }));
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

/**
 * Gives a thread an order; rejects with what the thread throws. Both speak JSON: numbers of cloned scenes are stored in a way that makes
 * rendering them a third slower.
 */
function ask(worker: Worker, order: Order): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => {
      worker.removeAllListeners('message');
      worker.removeAllListeners('error');
      finish();
    };
    worker.once('message', (answer: string) => settle(() => resolve(JSON.parse(answer))));
    worker.once('error', (error) => settle(() => reject(error)));
    worker.postMessage(JSON.stringify(order));
  });
}
