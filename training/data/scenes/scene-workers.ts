import { Worker } from 'node:worker_threads';
import type { SceneKey } from './sample-scene.js';
import type { Scene } from './scene.js';

/** What a thread is told at its start: where pictures go and their side in pixels. */
export interface WorkerSettings {
  images: string;
  size: number;
}

/** Threads that make pictures. */
export interface SceneWorkers {
  /** Draws and renders the scenes, writes their pictures, and gives the scenes in the order of the keys. */
  make(keys: readonly SceneKey[], onMade: (pictures: number) => void): Promise<Scene[]>;
  close(): Promise<void>;
}

/** Scenes that a thread takes at a time. */
const SHARE = 32;

/** Starts `count` threads. */
export function startSceneWorkers(count: number, settings: WorkerSettings): SceneWorkers {
  const workers = Array.from({ length: count }, () => {
    return new Worker(new URL('./scene-worker.js', import.meta.url), { workerData: settings });
  });
  return {
    async make(keys, onMade) {
      const scenes: Scene[] = [];
      let next = 0;
      const work = async (worker: Worker) => {
        while (next < keys.length) {
          const start = next;
          next += SHARE;
          const made = await ask(worker, keys.slice(start, next));
          made.forEach((scene, i) => {
            scenes[start + i] = scene;
          });
          onMade(made.length);
        }
      };
      await Promise.all(workers.map(work));
      return scenes;
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

/** Sends a thread some keys; rejects with what the thread throws. */
function ask(worker: Worker, keys: SceneKey[]): Promise<Scene[]> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => {
      worker.removeAllListeners('message');
      worker.removeAllListeners('error');
      finish();
    };
    worker.once('message', (scenes: Scene[]) => settle(() => resolve(scenes)));
    worker.once('error', (error) => settle(() => reject(error)));
    worker.postMessage(keys);
  });
}
