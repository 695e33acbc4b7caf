import { mkdir, readdir, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { ExpectationError, expect } from '../../../model/errors.js';
import { CAPTIONS_PER_PICTURE, captionScenes, drawCrowd, type KeyedScene } from './caption-scenes.js';
import type { Caption } from './captions.js';
import { describeInFull } from './descriptions.js';
import { writeKarpathyFile } from './karpathy-file.js';
import type { SceneKey } from './sample-scene.js';
import { pictureName, type Scene, SPLITS, type Split } from './scene.js';
import { type Order, type Picture, type SceneWorkers, startSceneWorkers } from './scene-workers.js';
import { CLOSE_UP_NAME, countSingleObjects, OBJECT_NAME, writeCloseUps, writeObjects } from './single-objects.js';
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
  /** Pictures of a single object close up. */
  closeups: number;
  captions: number;
}

interface CaptionedScene {
  split: Split;
  index: number;
  scene: Scene;
  captions: Caption[];
}

/** Everything that a set consists of, besides the pictures. */
const FILES = ['captions.json', 'descriptions.json', 'closeups.json', 'scenes.jsonl', ...TASK_FILES];

/** Its folders, and the names in them. */
const FOLDERS = { images: /^(train|val|test)_\d{6,}\.jpg$/, objects: OBJECT_NAME, closeups: CLOSE_UP_NAME };

/** Scenes that have too little to say of their own are drawn again this often; more would mean that a split is hopelessly full. */
const MOST_ROUNDS = 20;

/** Share of a picture's time that goes into drawing its scene, roughly; the rest is rendering. */
const DRAWING = 0.2;

/** The smallest picture in which small objects can be told apart, in pixels. */
const LEAST_SIZE = 32;
const MOST_SIZE = 1024;

/**
 * Writes generated pictures with five captions each and what other tasks are trained on: `images/`, `scenes.jsonl` (the scene behind each
 * picture), `descriptions.json` (Karpathy format; every object in full, in order), for each split `vqa_<split>_questions.json` and
 * `vqa_<split>_annotations.json` (VQA v2), `nlvr2_<split>.jsonl` and `ve_<split>.jsonl` (SNLI-VE), and `captions.json` (Karpathy format, all
 * splits, written last). A quarter as many pictures show a single object: in val and test to be classified, in folders such as
 * `objects/val/red cube`, in train close up, `closeups/` with `closeups.json` (Karpathy format). In val and test each caption is true of one
 * picture of its split. Every scene has its own random stream, by (seed, split, index): the same options give the same bytes, and a larger
 * train split begins with the smaller one's pictures and texts. Throws an ExpectationError for counts, seed or size out of range and for a
 * folder that holds anything else.
 */
export async function writeScenes(options: ScenesOptions): Promise<ScenesCounts> {
  checkOptions(options);
  await prepareFolder(options.out);
  const total = countPictures(options);
  const threads = Math.max(1, Math.min(options.threads ?? availableParallelism(), total));
  const settings = { folder: options.out, size: options.size };
  const workers = startSceneWorkers(threads, settings, progressOf(total, options.onProgress));
  try {
    let all: CaptionedScene[] = [];
    const counts = { questions: 0, statements: 0, hypotheses: 0 };
    for (const split of SPLITS) {
      const drawn = await drawSplit(workers, split, options);
      const pictures = drawn.map(taskPictureFrom(all.length));
      const [written] = await Promise.all([
        writeTaskFiles(options.out, split, pictures, options.seed),
        workers.render(pictures.map(pictureOf)),
      ]);
      counts.questions += written.questions;
      counts.statements += written.statements;
      counts.hypotheses += written.hypotheses;
      all = all.concat(drawn);
    }
    await writeObjects(workers, options);
    await writeCloseUps(workers, options);
    await writeScenesAndTexts(options.out, all);
    const { train, val, test } = options;
    return {
      pictures: { train, val, test },
      ...countSingleObjects(options),
      captions: all.length * CAPTIONS_PER_PICTURE,
      ...counts,
    };
  } finally {
    await workers.close();
  }
}

/** How many pictures `options` asks for, those of single objects included. */
export function countPictures(options: ScenesOptions): number {
  const { objects, closeups } = countSingleObjects(options);
  return options.train + options.val + options.test + objects + closeups;
}

/** Adds up shares of pictures and tells of whole ones. */
function progressOf(total: number, onProgress: ScenesOptions['onProgress']): (order: Order) => void {
  let done = 0;
  return (order) => {
    done += 'draw' in order ? DRAWING * order.keys.length : (1 - DRAWING) * order.render.length;
    // The sum of many shares falls short of a whole number by a hair, and scenes that are drawn again count twice.
    onProgress?.({ done: Math.min(total, Math.floor(done + 1e-3)), total });
  };
}

/** Draws the scenes of a split, and draws those again that have too little to say, until all have five captions. */
async function drawSplit(workers: SceneWorkers, split: Split, options: ScenesOptions): Promise<CaptionedScene[]> {
  const { seed } = options;
  const crowd = split === 'train' ? drawCrowd(seed) : undefined;
  let keys: SceneKey[] = Array.from({ length: options[split] }, (_, index) => ({ seed, split, index, attempt: 0 }));
  const keyed: KeyedScene[] = [];
  const captions: Caption[][] = [];
  for (;;) {
    const scenes = await workers.draw('scene', keys);
    const drawn = keys.map((key, i) => ({ key, scene: scenes[i]! }));
    for (const one of drawn) keyed[one.key.index] = one;
    // What is compared with the crowd alone stays as it was written; among the scenes of a split one new scene may change all.
    const open = crowd ? drawn : keyed;
    const written = captionScenes(open, crowd ?? keyed.map(({ scene }) => scene));
    open.forEach(({ key }, i) => {
      captions[key.index] = written.captions[i]!;
    });
    const { scarce } = written;
    if (scarce.length === 0) {
      return keyed.map(({ scene }, index) => ({ split, index, scene, captions: captions[index]! }));
    }
    const rounds = keys[0]!.attempt + 1;
    expect(rounds < MOST_ROUNDS, split, 'few enough pictures for five captions of its own each', `${keyed.length}`);
    keys = scarce.map((index) => ({ ...keyed[index]!.key, attempt: keyed[index]!.key.attempt + 1 }));
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

async function writeScenesAndTexts(out: string, all: readonly CaptionedScene[]): Promise<void> {
  const scenes = await WholeFile.begin(path.join(out, 'scenes.jsonl'));
  for (const { split, index, scene } of all) {
    await scenes.add(`${JSON.stringify({ filename: pictureName(split, index), split, ...scene })}\n`);
  }
  await scenes.finish();
  const write = (name: string, textsOf: (scene: CaptionedScene) => string[]) =>
    writeKarpathyFile(
      path.join(out, name),
      all.map((one, imgid) => {
        return { filename: pictureName(one.split, one.index), imgid, split: one.split, texts: textsOf(one) };
      }),
    );
  await write('descriptions.json', ({ scene }) => describeInFull(scene));
  await write('captions.json', ({ captions }) => captions.map(({ text }) => text));
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
  const strange = await strangerIn(out);
  expect(strange === undefined, out, 'a new or empty folder, or one with an earlier set of scenes', `${strange} in it`);
  for (const file of FILES) await rm(path.join(out, file), { force: true });
  for (const folder of Object.keys(FOLDERS)) await rm(path.join(out, folder), { recursive: true, force: true });
  await mkdir(path.join(out, 'images'), { recursive: true });
}

/** The first name that no set of scenes has, in the folder or in those inside. */
async function strangerIn(out: string): Promise<string | undefined> {
  const own = [...Object.keys(FOLDERS), ...FILES.flatMap((file) => [file, `${file}.part`])];
  const strange = (await namesIn(out)).find((name) => !own.includes(name));
  if (strange !== undefined) return strange;
  for (const [folder, names] of Object.entries(FOLDERS)) {
    const found = await namesIn(path.join(out, folder), { recursive: true });
    const inside = found.find((name) => !names.test(name.split(path.sep).join('/')));
    if (inside !== undefined) return inside;
  }
  return undefined;
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
