import { mkdir, readdir, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { ExpectationError, expect } from '../../../model/errors.js';
import { CAPTIONS_PER_PICTURE, captionSplit, type KeyedScene } from './caption-split.js';
import type { Caption } from './captions.js';
import { describeInFull } from './descriptions.js';
import { sampleObjectOf } from './sample-scene.js';
import { pictureName, type Scene, SPLITS, type Split } from './scene.js';
import { type Picture, type SceneWorkers, startSceneWorkers } from './scene-workers.js';
import { TASK_FILES, type TaskCounts, writeTaskFiles } from './tasks/task-files.js';
import type { TaskPicture } from './tasks/task-picture.js';
import { WholeFile } from './whole-file.js';

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
export interface ScenesCounts extends TaskCounts {
  pictures: { [S in Split]: number };
  /** Pictures of a single object. */
  objects: number;
  captions: number;
}

interface CaptionedScene {
  split: Split;
  index: number;
  scene: Scene;
  captions: Caption[];
}

/** Everything that a set consists of, besides the pictures. */
const FILES = ['captions.json', 'descriptions.json', 'scenes.jsonl', ...TASK_FILES];
const PICTURE_NAME = /^(train|val|test)_\d{6,}\.jpg$/;

/** The splits that have pictures of single objects, one for so many pictures of scenes: they are there to be classified. */
const OBJECT_SPLITS = ['val', 'test'] as const;
const SCENES_PER_OBJECT = 4;
const OBJECT_NAME = /^(val|test)(\/[a-z]+ [a-z]+(\/\d{6,}\.jpg)?)?$/;

/** Scenes that have too little to say of their own are drawn again this often; more would mean that a split is hopelessly full. */
const MOST_ROUNDS = 20;

/** Share of a picture's time that goes into drawing its scene, roughly; the rest is rendering. */
const DRAWING = 0.2;

/** The smallest picture in which small objects can be told apart, in pixels. */
const LEAST_SIZE = 32;
const MOST_SIZE = 1024;

/**
 * Writes generated pictures with five captions each and what other tasks are trained on: `images/`, `scenes.jsonl` (the scene behind each
 * picture), `descriptions.json` (Karpathy format; every object in full, in order), for each split `vqa_<split>_questions.json` and `vqa_<split>_annotations.json` (VQA v2), `nlvr2_<split>.jsonl` and
 * `ve_<split>.jsonl` (SNLI-VE), and `captions.json` (Karpathy format, all splits, written last). Val and test also have pictures of single
 * objects, a quarter as many, in folders such as `objects/val/red cube`. In val and test each caption is true of
 * one picture of its split. Every scene has its own random stream, by (seed, split, index): the same options give the same bytes, and
 * a larger train split begins with the smaller one's pictures and texts. Throws an ExpectationError for counts, seed or size out of
 * range and for a folder that holds anything else.
 */
export async function writeScenes(options: ScenesOptions): Promise<ScenesCounts> {
  checkOptions(options);
  await prepareFolder(options.out);
  const total = options.train + options.val + options.test;
  const threads = Math.max(1, Math.min(options.threads ?? availableParallelism(), total));
  const workers = startSceneWorkers(threads, { folder: options.out, size: options.size });
  try {
    const advance = progressOf(total, options.onProgress);
    let all: CaptionedScene[] = [];
    const counts = { questions: 0, statements: 0, hypotheses: 0 };
    for (const split of SPLITS) {
      const drawn = await drawSplit(workers, split, options, (scenes) => advance(DRAWING * scenes));
      const pictures = drawn.map(taskPictureFrom(all.length));
      const [written] = await Promise.all([
        writeTaskFiles(options.out, split, pictures, options.seed),
        workers.render(pictures.map(pictureOf), (rendered) => advance((1 - DRAWING) * rendered)),
      ]);
      counts.questions += written.questions;
      counts.statements += written.statements;
      counts.hypotheses += written.hypotheses;
      all = all.concat(drawn);
    }
    const objects = await writeObjects(workers, options);
    await writeScenesAndTexts(options.out, all);
    const { train, val, test } = options;
    return { pictures: { train, val, test }, objects, captions: all.length * CAPTIONS_PER_PICTURE, ...counts };
  } finally {
    await workers.close();
  }
}

/** Adds up shares of pictures and tells of whole ones. */
function progressOf(total: number, onProgress: ScenesOptions['onProgress']): (pictures: number) => void {
  let done = 0;
  return (pictures) => {
    done += pictures;
    // The sum of many shares falls short of a whole number by a hair.
    onProgress?.({ done: Math.min(total, Math.floor(done + 1e-3)), total });
  };
}

/** Draws the scenes of a split, and draws those again that have too little to say, until all have five captions. */
async function drawSplit(
  workers: SceneWorkers,
  split: Split,
  options: ScenesOptions,
  onDrawn: (scenes: number) => void,
): Promise<CaptionedScene[]> {
  const { seed } = options;
  let keys = Array.from({ length: options[split] }, (_, index) => ({ seed, split, index, attempt: 0 }));
  const scenes = await workers.draw(keys, onDrawn);
  const keyed: KeyedScene[] = keys.map((key, i) => ({ key, scene: scenes[i]! }));
  for (;;) {
    const { captions, scarce } = captionSplit(keyed, split !== 'train');
    if (scarce.length === 0) {
      return keyed.map(({ scene }, index) => ({ split, index, scene, captions: captions[index]! }));
    }
    const rounds = keys[0]!.attempt + 1;
    expect(rounds < MOST_ROUNDS, split, 'few enough pictures for five captions of its own each', `${keyed.length}`);
    keys = scarce.map((place) => ({ ...keyed[place]!.key, attempt: keyed[place]!.key.attempt + 1 }));
    const others = await workers.draw(keys);
    keys.forEach((key, i) => {
      keyed[key.index] = { key, scene: others[i]! };
    });
  }
}

/** Image ids run through all splits, in captions.json as in the files of the other tasks. */
function taskPictureFrom(first: number) {
  return ({ split, index, scene, captions }: CaptionedScene): TaskPicture => {
    return { id: first + index, filename: pictureName(split, index), scene, caption: captions[0]!.text };
  };
}

/** All that a thread needs: the rest would only be copied for nothing. */
function pictureOf({ filename, scene }: TaskPicture): Picture {
  return { filename: path.join('images', filename), scene };
}

/** Writes the pictures of single objects, in folders named by colour and shape, and answers how many. */
async function writeObjects(workers: SceneWorkers, options: ScenesOptions): Promise<number> {
  const { seed, out } = options;
  const pictures = OBJECT_SPLITS.flatMap((split) =>
    Array.from({ length: Math.ceil(options[split] / SCENES_PER_OBJECT) }, (_, index): Picture => {
      const scene = sampleObjectOf({ seed, split, index });
      const { color, shape } = scene.objects[0]!;
      const name = `${String(index + 1).padStart(6, '0')}.jpg`;
      return { filename: path.join('objects', split, `${color} ${shape}`, name), scene };
    }),
  );
  for (const folder of new Set(pictures.map(({ filename }) => path.dirname(filename))))
    await mkdir(path.join(out, folder), { recursive: true });
  await workers.render(pictures);
  return pictures.length;
}

async function writeScenesAndTexts(out: string, all: readonly CaptionedScene[]): Promise<void> {
  const scenes = await WholeFile.begin(path.join(out, 'scenes.jsonl'));
  for (const { split, index, scene } of all) {
    await scenes.add(`${JSON.stringify({ filename: pictureName(split, index), split, ...scene })}\n`);
  }
  await scenes.finish();
  await writeKarpathy(out, 'descriptions.json', all, ({ scene }) => describeInFull(scene));
  await writeKarpathy(out, 'captions.json', all, ({ captions }) => captions.map(({ text }) => text));
}

/** The Karpathy form of all splits, without the pictures that have no text; file names are relative to `images/`. */
async function writeKarpathy(
  out: string,
  name: string,
  all: readonly CaptionedScene[],
  textsOf: (scene: CaptionedScene) => string[],
): Promise<void> {
  let sentid = 0;
  const images = all.flatMap((one, imgid) => {
    const sentences = textsOf(one).map((text) => {
      return { tokens: text.replace(/[,:]/g, '').split(' '), raw: text, imgid, sentid: sentid++ };
    });
    const sentids = sentences.map((sentence) => sentence.sentid);
    const { split, index } = one;
    return sentences.length > 0 ? [{ filename: pictureName(split, index), imgid, split, sentids, sentences }] : [];
  });
  const file = await WholeFile.begin(path.join(out, name));
  await file.add(`${JSON.stringify({ images, dataset: 'scenes' })}\n`);
  await file.finish();
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
async function prepareFolder(out: string): Promise<void> {
  const [images, objects] = [path.join(out, 'images'), path.join(out, 'objects')];
  const own = (name: string) =>
    ['images', 'objects'].includes(name) || FILES.some((file) => name === file || name === `${file}.part`);
  const strange =
    (await namesIn(out)).find((name) => !own(name)) ??
    (await namesIn(images)).find((name) => !PICTURE_NAME.test(name)) ??
    (await namesIn(objects, { recursive: true })).find((name) => !OBJECT_NAME.test(name.split(path.sep).join('/')));
  expect(strange === undefined, out, 'a new or empty folder, or one with an earlier set of scenes', `${strange} in it`);
  for (const file of FILES) await rm(path.join(out, file), { force: true });
  for (const folder of [images, objects]) await rm(folder, { recursive: true, force: true });
  await mkdir(images, { recursive: true });
}

/** The names in a folder; none if there is no such folder yet. */
async function namesIn(folder: string, { recursive = false } = {}): Promise<string[]> {
  try {
    return await readdir(folder, { recursive });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    throw new ExpectationError(folder, 'a folder that can be read', String(code));
  }
}
