import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { createRng } from '../../../model/random.js';
import { describeCloseUp } from './descriptions.js';
import { writeKarpathyFile } from './karpathy-file.js';
import { sampleCloseUpOf, sampleObjectOf } from './sample-scene.js';
import { numberedName, pictureName, type Split } from './scene.js';
import type { SceneWorkers } from './scene-workers.js';

/** What pictures of single objects depend on. */
interface SingleObjectSettings extends Record<Split, number> {
  out: string;
  seed: number;
}

/** One picture of a single object for so many pictures of scenes. */
const SCENES_PER_OBJECT = 4;

/** The splits whose single objects are there to be classified. */
const CLASSIFIED = ['val', 'test'] as const;

/** Names in `objects/` and in `closeups/`. */
export const OBJECT_NAME = /^(val|test)(\/[a-z]+ [a-z]+(\/\d{6,}\.jpg)?)?$/;
export const CLOSE_UP_NAME = /^train_\d{6,}\.jpg$/;

/** Writes the pictures of single objects of val and test, in folders named by colour and shape, and answers how many. */
export async function writeObjects(workers: SceneWorkers, { out, ...settings }: SingleObjectSettings): Promise<number> {
  const pictures = CLASSIFIED.flatMap((split) =>
    indicesOf(settings[split]).map((index) => {
      const scene = sampleObjectOf({ seed: settings.seed, split, index });
      const { color, shape } = scene.objects[0]!;
      return { filename: path.join('objects', split, `${color} ${shape}`, numberedName(index)), scene };
    }),
  );
  for (const folder of new Set(pictures.map(({ filename }) => path.dirname(filename))))
    await mkdir(path.join(out, folder), { recursive: true });
  await workers.render(pictures);
  return pictures.length;
}

/** Writes the close-ups of train into `closeups/` and what is said of them into `closeups.json`, and answers how many. */
export async function writeCloseUps(
  workers: SceneWorkers,
  { out, seed, train }: SingleObjectSettings,
): Promise<number> {
  const split = 'train';
  const pictures = indicesOf(train).map((index) => {
    const scene = sampleCloseUpOf({ seed, split, index });
    const texts = describeCloseUp(scene, createRng('close-up texts', seed, split, index));
    return { filename: pictureName(split, index), imgid: index, split, scene, texts } as const;
  });
  await mkdir(path.join(out, 'closeups'), { recursive: true });
  await workers.render(pictures.map(({ filename, scene }) => ({ filename: path.join('closeups', filename), scene })));
  await writeKarpathyFile(path.join(out, 'closeups.json'), pictures);
  return pictures.length;
}

function indicesOf(scenes: number): number[] {
  return [...Array(Math.ceil(scenes / SCENES_PER_OBJECT)).keys()];
}
