import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ExpectationError } from '../../../../model/errors.js';
import { readClassFolders } from '../../../../training/data/class-folders.js';
import { renderScene } from '../../../../training/data/scenes/render.js';
import { describeScene, type Scene } from '../../../../training/data/scenes/scene.js';
import { type ScenesOptions, writeScenes } from '../../../../training/data/scenes/write-scenes.js';

let folder: string;
const inFolder = (name: string) => path.join(folder, name);
const optionsFor = (name: string): ScenesOptions => {
  return { out: inFolder(name), train: 20, val: 8, test: 4, seed: 7, size: 48, threads: 2 };
};

interface Sentence {
  tokens: string[];
  raw: string;
  imgid: number;
  sentid: number;
}
interface Image {
  filename: string;
  imgid: number;
  split: string;
  sentids: number[];
  sentences: Sentence[];
}

const readCaptions = async (name: string, file = 'captions.json'): Promise<{ images: Image[]; dataset: string }> =>
  JSON.parse(await readFile(inFolder(`${name}/${file}`), 'utf8'));

const readScenes = async (name: string): Promise<(Scene & { filename: string; split: string })[]> =>
  (await readFile(inFolder(`${name}/scenes.jsonl`), 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

async function hashes(name: string): Promise<Record<string, string>> {
  const entries = (await readdir(inFolder(name), { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  );
  const files = entries.map((entry) => path.relative(inFolder(name), path.join(entry.parentPath, entry.name))).sort();
  const hashed = files.map(async (file) => {
    return [
      file,
      createHash('sha256')
        .update(await readFile(path.join(inFolder(name), file)))
        .digest('hex'),
    ];
  });
  return Object.fromEntries(await Promise.all(hashed));
}

async function countLines(name: string, files: RegExp): Promise<number> {
  const found = (await readdir(inFolder(name))).filter((file) => files.test(file));
  const texts = await Promise.all(found.map((file) => readFile(path.join(inFolder(name), file), 'utf8')));
  return texts.join('').split('\n').length - 1;
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'scenes-'));
  await writeScenes(optionsFor('set'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('writeScenes', () => {
  test('writes one picture for each image of captions.json, in Karpathy form', async () => {
    const { images, dataset } = await readCaptions('set');
    expect(dataset).toBe('scenes');
    expect(images.map(({ filename }) => filename).sort()).toEqual((await readdir(inFolder('set/images'))).sort());
    expect(images[0]!.filename).toBe('train_000001.jpg');
    const count = (split: string) => images.filter((image) => image.split === split).length;
    expect(['train', 'val', 'test'].map(count)).toEqual([20, 8, 4]);
    images.forEach((image, imgid) => {
      expect(image.imgid).toBe(imgid);
      expect(image.filename.startsWith(`${image.split}_`)).toBe(true);
      expect(image.sentences.map(({ sentid }) => sentid)).toEqual(image.sentids);
      expect(image.sentids).toEqual([0, 1, 2, 3, 4].map((i) => 5 * imgid + i));
      for (const sentence of image.sentences) {
        expect(sentence.imgid).toBe(imgid);
        expect(sentence.tokens).toEqual(sentence.raw.match(/\w+/g));
      }
    });
  });

  test('describes every picture in full that has an order nobody would dispute', async () => {
    const { images } = await readCaptions('set', 'descriptions.json');
    const scenes = new Map((await readScenes('set')).map((scene) => [scene.filename, scene]));
    expect(images.length).toBeGreaterThan(23);
    for (const { filename, sentences } of images) {
      for (const { raw } of sentences) {
        expect(raw).toMatch(/^from (left to right|front to back): /);
        const said = raw.replace(/^.*: /, '').split(', ').sort();
        const { objects } = scenes.get(filename)!;
        const there = objects.map((one) => `${one.size} ${one.color} ${one.material} ${one.shape}`);
        expect(said).toEqual(there.map((words) => `a ${words}`).sort());
      }
    }
  });

  test('keeps the scene behind each picture: it renders to that picture', async () => {
    const scenes = await readScenes('set');
    const { images } = await readCaptions('set');
    expect(scenes.map(({ filename, split }) => [filename, split])).toEqual(
      images.map(({ filename, split }) => [filename, split]),
    );
    const scene = scenes[3]!;
    const stored = await sharp(inFolder(`set/images/${scene.filename}`))
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([stored.info.width, stored.info.height, stored.info.channels]).toEqual([48, 48, 3]);
    const { data } = renderScene(scene, 48);
    const difference = data.reduce((sum, byte, i) => sum + Math.abs(byte - stored.data[i]!), 0) / data.length;
    expect(difference).toBeLessThan(4);
  });

  test('splits share no scene, and no two captions of val or test are alike', async () => {
    const scenes = await readScenes('set');
    const splitsOf = new Map<string, Set<string>>();
    for (const { split, objects } of scenes) {
      const description = describeScene(objects);
      splitsOf.set(description, (splitsOf.get(description) ?? new Set()).add(split));
    }
    expect([...splitsOf.values()].every((splits) => splits.size === 1)).toBe(true);
    const { images } = await readCaptions('set');
    for (const split of ['val', 'test']) {
      const texts = images
        .filter((image) => image.split === split)
        .flatMap(({ sentences }) => sentences.map(({ raw }) => raw));
      expect(new Set(texts).size).toBe(texts.length);
    }
  });

  test('every split has questions, statements and hypotheses about its own pictures, by file name and id', async () => {
    const { images } = await readCaptions('set');
    for (const split of ['train', 'val', 'test']) {
      const own = images.filter((image) => image.split === split);
      const read = (file: string) => readFile(inFolder(`set/${file}`), 'utf8');
      const { questions } = JSON.parse(await read(`vqa_${split}_questions.json`));
      for (const image of own) {
        const about = questions.filter((question: { filename: string }) => question.filename === image.filename);
        expect(about.map((question: { image_id: number }) => question.image_id)).toEqual(Array(8).fill(image.imgid));
      }
      expect(questions.length).toBe(8 * own.length);
      for (const file of [`nlvr2_${split}.jsonl`, `ve_${split}.jsonl`]) {
        const names = (await read(file)).match(/\w+\.jpg(?=")/g)!;
        const strange = names.filter((name) => !own.some(({ filename }) => filename === name));
        expect(strange).toEqual([]);
      }
    }
  });

  test('val and test have pictures of single objects in folders of their colours and shapes', async () => {
    const classes = (split: string) =>
      readClassFolders({ annotations: inFolder('set/objects'), images: inFolder('set/objects'), split }).then(
        (records) => records.map(({ label }) => label).sort(),
      );
    expect(await classes('val')).toEqual(['orange cube', 'red cube']);
    expect(await classes('test')).toEqual(['red cube']);
    const { width, height } = await sharp(inFolder('set/objects/val/red cube/000001.jpg')).metadata();
    expect([width, height]).toEqual([48, 48]);
  });

  test('train has pictures of single objects close up, told in words that leave out the size', async () => {
    const { images } = await readCaptions('set', 'closeups.json');
    expect(images.map(({ filename, split }) => [filename, split])).toEqual(
      [1, 2, 3, 4, 5].map((number) => [`train_00000${number}.jpg`, 'train']),
    );
    expect((await readdir(inFolder('set/closeups'))).sort()).toEqual(images.map(({ filename }) => filename));
    expect(images.map(({ sentences }) => sentences[0]!.raw)).toEqual(
      ['a red', 'an orange', 'a yellow', 'a green', 'a cyan'].map((color) => `${color} rubber cube`),
    );
    expect(images.flatMap(({ sentids }) => sentids)).toEqual([...Array(20).keys()]);
    const { width, height } = await sharp(inFolder('set/closeups/train_000001.jpg')).metadata();
    expect([width, height]).toEqual([48, 48]);
  });

  test('the same seed gives the same bytes on any number of threads, another seed others', async () => {
    await writeScenes({ ...optionsFor('one'), threads: 1 });
    expect(await hashes('one')).toEqual(await hashes('set'));
    await writeScenes({ ...optionsFor('other'), seed: 8 });
    const [set, other] = [await hashes('set'), await hashes('other')];
    expect(Object.keys(other)).toEqual(Object.keys(set));
    expect(Object.keys(set).filter((file) => set[file] === other[file])).toEqual([]);
  });

  test('replaces an earlier set, even a broken one, and tells its progress', async () => {
    await mkdir(inFolder('again/images'), { recursive: true });
    await writeFile(inFolder('again/images/test_000099.jpg'), 'cut off');
    await mkdir(inFolder('again/objects/val/blue cone'), { recursive: true });
    await writeFile(inFolder('again/objects/val/blue cone/000099.jpg'), 'cut off');
    await mkdir(inFolder('again/closeups'), { recursive: true });
    await writeFile(inFolder('again/closeups/train_000099.jpg'), 'cut off');
    await writeFile(inFolder('again/scenes.jsonl.part'), '{');
    const progress: number[] = [];
    const counts = await writeScenes({ ...optionsFor('again'), onProgress: ({ done }) => progress.push(done) });
    expect(counts).toEqual({
      pictures: { train: 20, val: 8, test: 4 },
      objects: 3,
      closeups: 5,
      captions: 160,
      questions: 8 * 32,
      // Of train two blocks of eight pictures, of val one, of test the four that there are.
      statements: 2 * 16 * (2 + 1 + 1),
      hypotheses: await countLines('again', /^ve_/),
    });
    expect(await hashes('again')).toEqual(await hashes('set'));
    expect(progress.at(-1)).toBe(32 + 3 + 5);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
  });

  test.each<[string, Partial<ScenesOptions>]>([
    ['size: expected an integer from 32 to 1024 pixels, got 31', { size: 31 }],
    ['size: expected an integer from 32 to 1024 pixels, got 96.5', { size: 96.5 }],
    ['train: expected an integer from 0 up, got -1', { train: -1 }],
    ['val: expected an integer from 0 up, got NaN', { val: Number.NaN }],
    ['seed: expected an integer from 0 up, got 0.5', { seed: 0.5 }],
    ['train, val, test: expected at least one picture, got none', { train: 0, val: 0, test: 0 }],
  ])('%s', async (message, wrong) => {
    const made = writeScenes({ ...optionsFor('bad'), ...wrong });
    await expect(made).rejects.toThrow(ExpectationError);
    await expect(made).rejects.toThrow(message);
    expect(await readdir(folder)).not.toContain('bad');
  });

  test.each([
    'notes.txt',
    'images/holiday.jpg',
    'objects/val/red cube/mine.jpg',
    'closeups/val_000001.jpg',
    'constructor',
  ])('leaves a folder with %s as it is', async (file) => {
    const name = file.replace(/\W/g, '-');
    await mkdir(path.dirname(inFolder(`${name}/${file}`)), { recursive: true });
    await writeFile(inFolder(`${name}/${file}`), 'mine');
    const before = await hashes(name);
    await expect(writeScenes(optionsFor(name))).rejects.toThrow(/expected a new or empty folder.*in it$/);
    expect(await hashes(name)).toEqual(before);
  });

  test('says that a file is no folder', async () => {
    await writeFile(inFolder('file'), '');
    await expect(writeScenes(optionsFor('file'))).rejects.toThrow('expected a folder that can be read, got ENOTDIR');
  });
});
