import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { ExpectationError, expect } from '../../../model/errors.js';
import { CAPTIONS_PER_PICTURE, captionSplit, type KeyedScene } from './caption-split.js';
import type { Caption } from './captions.js';
import { pictureName, type Scene, SPLITS, type Split } from './scene.js';
import { type SceneWorkers, startSceneWorkers } from './scene-workers.js';

/** What `maskvlm data scenes` is asked for. */
export interface ScenesOptions {
  /** Folder to write into: new, empty, or holding an earlier set, which is replaced. */
  out: string;
  /** Pictures of each split. */
  train: number;
  val: number;
  test: number;
  seed: number;
  /** Side of a picture, in pixels. */
  size: number;
  /** Threads; default one per core. The bytes written don't depend on it. */
  threads?: number;
  /** Told how many of all pictures are made. */
  onProgress?: (progress: { done: number; total: number }) => void;
}

/** What was written. */
export interface ScenesCounts {
  pictures: { [S in Split]: number };
  captions: number;
}

interface CaptionedScene {
  split: Split;
  index: number;
  scene: Scene;
  captions: Caption[];
}

/** Everything that a set consists of, besides the pictures. */
const FILES = ['captions.json', 'scenes.jsonl'];
const PICTURE_NAME = /^(train|val|test)_\d{6,}\.jpg$/;

/** Scenes that have too little to say of their own are drawn again this often; more would mean that a split is hopelessly full. */
const MOST_ROUNDS = 20;

/** The smallest picture in which small objects can be told apart, in pixels. */
const LEAST_SIZE = 32;
const MOST_SIZE = 1024;

/**
 * Writes generated pictures with five captions each: `images/`, `scenes.jsonl` (the scene behind each picture) and `captions.json`
 * (Karpathy format, all splits, written last). In val and test each caption is true of one picture of its split. Every scene has its own
 * random stream, by (seed, split, index): the same options give the same bytes, and a larger train split begins with the smaller
 * one's pictures. Throws an ExpectationError for counts, seed or size out of range and for a folder that holds anything else.
 */
export async function writeScenes(options: ScenesOptions): Promise<ScenesCounts> {
  checkOptions(options);
  const images = await prepareFolder(options.out);
  const total = options.train + options.val + options.test;
  const threads = Math.max(1, Math.min(options.threads ?? availableParallelism(), total));
  const workers = startSceneWorkers(threads, { images, size: options.size });
  try {
    let done = 0;
    const onMade = (pictures: number) => {
      done = Math.min(total, done + pictures);
      options.onProgress?.({ done, total });
    };
    let all: CaptionedScene[] = [];
    for (const split of SPLITS) all = all.concat(await makeSplit(workers, split, options, onMade));
    await writeWhole(path.join(options.out, 'scenes.jsonl'), all.map(sceneLine).join(''));
    await writeWhole(path.join(options.out, 'captions.json'), `${JSON.stringify(karpathy(all))}\n`);
    return {
      pictures: { train: options.train, val: options.val, test: options.test },
      captions: all.length * CAPTIONS_PER_PICTURE,
    };
  } finally {
    await workers.close();
  }
}

/** Makes the pictures of a split, and makes those again that have too little to say, until all have five captions. */
async function makeSplit(
  workers: SceneWorkers,
  split: Split,
  options: ScenesOptions,
  onMade: (pictures: number) => void,
): Promise<CaptionedScene[]> {
  const { seed } = options;
  const keyed: KeyedScene[] = [];
  let keys = Array.from({ length: options[split] }, (_, index) => ({ seed, split, index, attempt: 0 }));
  for (;;) {
    const scenes = await workers.make(keys, onMade);
    keys.forEach((key, i) => {
      keyed[key.index] = { key, scene: scenes[i]! };
    });
    const { captions, scarce } = captionSplit(keyed, split !== 'train');
    if (scarce.length === 0) {
      return keyed.map(({ scene }, index) => ({ split, index, scene, captions: captions[index]! }));
    }
    const rounds = keys[0]!.attempt + 1;
    expect(rounds < MOST_ROUNDS, split, 'few enough pictures for five captions of its own each', `${keyed.length}`);
    keys = scarce.map((place) => ({ ...keyed[place]!.key, attempt: keyed[place]!.key.attempt + 1 }));
  }
}

function sceneLine({ split, index, scene }: CaptionedScene): string {
  return `${JSON.stringify({ filename: pictureName(split, index), split, ...scene })}\n`;
}

/** The Karpathy form of all splits; file names are relative to `images/`. */
function karpathy(scenes: readonly CaptionedScene[]) {
  const images = scenes.map(({ split, index, captions }, imgid) => {
    const sentids = captions.map((_, i) => imgid * captions.length + i);
    const sentences = captions.map(({ text }, i) => {
      return { tokens: text.replace(/[,:]/g, '').split(' '), raw: text, imgid, sentid: sentids[i] };
    });
    return { filename: pictureName(split, index), imgid, split, sentids, sentences };
  });
  return { images, dataset: 'scenes' };
}

function checkOptions(options: ScenesOptions): void {
  for (const name of [...SPLITS, 'seed'] as const) {
    const value = options[name];
    expect(Number.isSafeInteger(value) && value >= 0, name, 'an integer from 0 up', value);
  }
  expect(
    SPLITS.some((split) => options[split] > 0),
    'train, val, test',
    'at least one picture',
    'none',
  );
  const { size } = options;
  const sizes = `an integer from ${LEAST_SIZE} to ${MOST_SIZE} pixels`;
  expect(Number.isSafeInteger(size) && size >= LEAST_SIZE && size <= MOST_SIZE, 'size', sizes, size);
}

/** Empties the folder of an earlier set, the list of captions first: what is half done never looks whole. */
async function prepareFolder(out: string): Promise<string> {
  const images = path.join(out, 'images');
  const own = (name: string) => name === 'images' || FILES.some((file) => name === file || name === `${file}.part`);
  const strange =
    (await namesIn(out)).find((name) => !own(name)) ?? (await namesIn(images)).find((name) => !PICTURE_NAME.test(name));
  expect(strange === undefined, out, 'a new or empty folder, or one with an earlier set of scenes', `${strange} in it`);
  for (const file of FILES) await rm(path.join(out, file), { force: true });
  await rm(images, { recursive: true, force: true });
  await mkdir(images, { recursive: true });
  return images;
}

/** The names in a folder; none if there is no such folder yet. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    throw new ExpectationError(folder, 'a folder that can be read', String(code));
  }
}

/** Writes beside the final name first: the file is either all there or not at all. */
async function writeWhole(file: string, content: string): Promise<void> {
  await writeFile(`${file}.part`, content);
  await rename(`${file}.part`, file);
}
