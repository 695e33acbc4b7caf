/** A thread of `data scenes`: draws the scenes of keys and answers with them, or renders scenes and writes their pictures. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import sharp from 'sharp';
import { renderScene } from './render.js';
import { sampleCloseUpOf, sampleObjectOf, sampleSceneOf } from './sample-scene.js';
import type { Drawn, Order, Picture, WorkerSettings } from './scene-workers.js';

const { folder, size } = workerData as WorkerSettings;

const SAMPLERS = { scene: sampleSceneOf, object: sampleObjectOf, closeUp: sampleCloseUpOf } satisfies Record<
  Drawn,
  unknown
>;

// The threads are the parallelism here; libvips' own would only contend with them.
sharp.concurrency(1);

parentPort!.on('message', async (message: string) => {
  const order = JSON.parse(message) as Order;
  const answers = 'draw' in order ? order.keys.map(SAMPLERS[order.draw]) : await Promise.all(order.render.map(write));
  parentPort!.postMessage(JSON.stringify(answers));
});

async function write({ filename, scene }: Picture): Promise<void> {
  const { data } = renderScene(scene, size);
  // Full colour resolution: half of it would blur the colours of small objects.
  const picture = sharp(data, { raw: { width: size, height: size, channels: 3 } });
  const bytes = await picture.jpeg({ quality: 92, chromaSubsampling: '4:4:4' }).toBuffer();
  await writeFile(path.join(folder, filename), bytes);
}
