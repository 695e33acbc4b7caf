/** A thread of `data scenes`: draws, renders and writes the scenes that it is told to, and answers with their descriptions. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import sharp from 'sharp';
import { renderScene } from './render.js';
import { type SceneKey, sampleSceneOf } from './sample-scene.js';
import { pictureName } from './scene.js';
import type { WorkerSettings } from './scene-workers.js';

const { images, size } = workerData as WorkerSettings;

// The threads are the parallelism here; libvips' own would only contend with them.
sharp.concurrency(1);

parentPort!.on('message', async (keys: SceneKey[]) => {
  parentPort!.postMessage(await Promise.all(keys.map(makePicture)));
});

async function makePicture(key: SceneKey) {
  const scene = sampleSceneOf(key);
  const { data } = renderScene(scene, size);
  // Full colour resolution: half of it would blur the colours of small objects.
  const picture = sharp(data, { raw: { width: size, height: size, channels: 3 } });
  const bytes = await picture.jpeg({ quality: 92, chromaSubsampling: '4:4:4' }).toBuffer();
  await writeFile(path.join(images, pictureName(key.split, key.index)), bytes);
  return scene;
}
