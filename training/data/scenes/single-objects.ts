import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { createRng } from '../../../model/random.js';
import { describeCloseUp } from './descriptions.js';
import { writeKarpathyFile } from './karpathy-file.js';
import type { SceneKey } from './sample-scene.js';
import { numberedName, pictureName, type Split } from './scene.js';
import type { SceneWorkers } from './scene-workers.js';

/** What pictures of single objects depend on: where they go, the seed, and the scenes of each split. */
interface SingleObjectSettings extends Record<Split, number> {
  out: string;
  seed: number;
}

/** One picture of a single object for so many pictures of scenes. */
const SCENES_PER_OBJECT = 4;

/** Names in `objects/` and in `closeups/`. */
export const OBJECT_NAME = /^(val|test)(\/[a-z]+ [a-z]+(\/\d{6,}\.jpg)?)?$/;
export const CLOSE_UP_NAME = /^train_\d{6,}\.jpg$/;

/** How many pictures show a single object beside so many of scenes: in val and test to be classified, in train close up. */
export function countSingleObjects(scenes: Readonly<Record<Split, number>>): { objects: number; closeups: number } {
  return { objects: singleObjects(scenes.val) + singleObjects(scenes.test), closeups: singleObjects(scenes.train) };
}

/** Writes the pictures of single objects of val and test, in folders named by colour and shape. */
export async function writeObjects(workers: SceneWorkers, { out, ...settings }: SingleObjectSettings): Promise<void> {
  const keys = [...keysOf('val', settings), ...keysOf('test', settings)];
  const scenes = await workers.draw('object', keys);
  const pictures = scenes.map((scene, i) => {
    const { color, shape } = scene.objects[0]!;
    const { split, index } = keys[i]!;
    return { filename: path.join('objects', split, `${color} ${shape}`, numberedName(index)), scene };
  });
  for (const folder of new Set(pictures.map(({ filename }) => path.dirname(filename))))
    await mkdir(path.join(out, folder), { recursive: true });
  await workers.render(pictures);
}

/** Writes the close-ups of train into `closeups/` and what is said of them into `closeups.json`. */
export async function writeCloseUps(workers: SceneWorkers, { out, ...settings }: SingleObjectSettings): Promise<void> {
  const split = 'train';
  const keys = keysOf(split, settings);
  const scenes = await workers.draw('closeUp', keys);
  const pictures = scenes.map((scene, index) => {
    const texts = describeCloseUp(scene, createRng('close-up texts', settings.seed, split, index));
    return { filename: pictureName(split, index), imgid: index, split, scene, texts } as const;
  });
  await mkdir(path.join(out, 'closeups'), { recursive: true });
  await workers.render(pictures.map(({ filename, scene }) => ({ filename: path.join('closeups', filename), scene })));
  await writeKarpathyFile(path.join(out, 'closeups.json'), pictures);
}

function singleObjects(scenes: number): number {
  return Math.ceil(scenes / SCENES_PER_OBJECT);
}

function keysOf(split: Split, settings: Omit<SingleObjectSettings, 'out'>): SceneKey[] {
  const { seed } = settings;
  return Array.from({ length: singleObjects(settings[split]) }, (_, index) => ({ seed, split, index, attempt: 0 }));
}
