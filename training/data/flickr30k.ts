import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ExpectationError } from '../../model/errors.js';
import { fileError } from './annotation-file.js';
import { locateImage } from './locate-image.js';
import type { DataFiles } from './readers.js';
import { type PairRecord, pairRecord } from './records.js';

/** Where the entities of a sentence are marked: `[/EN#221796/people A girl]`. */
const ENTITY = /\[\/EN#\S+ ([^\]]*)\]/g;

/**
 * Reads one split of Flickr30k Entities: <split>.txt lists ids, and Sentences/<id>.txt has the captions of a picture, whose entities lose
 * their marks here. `annotations` is the folder of both, or a list in it. Throws, naming the lists that are there, when that of the split
 * is not.
 */
export async function readFlickr30k(files: DataFiles): Promise<PairRecord[]> {
  const { folder, ids } = await readList(files);
  const sentences = await sentencesFolder(folder);
  const records: PairRecord[] = [];
  for (const id of ids) {
    const lines = (await readText(join(sentences, `${id}.txt`))).split('\n');
    const texts = lines.map((line) => line.replaceAll(ENTITY, '$1').trim()).filter(Boolean);
    records.push(pairRecord({ file: locateImage(files.images, [`${id}.jpg`]) }, texts));
  }
  return records;
}

/** The list of the split and the files of its sentences. */
export async function flickr30kFiles(files: DataFiles): Promise<string[]> {
  const { folder, list, ids } = await readList(files);
  const sentences = await sentencesFolder(folder);
  return [list, ...ids.map((id) => join(sentences, `${id}.txt`))];
}

async function readList({ annotations, split }: DataFiles): Promise<{ folder: string; list: string; ids: string[] }> {
  const isFolder = await stat(annotations).then(
    (found) => found.isDirectory(),
    (error) => {
      throw fileError(annotations, error);
    },
  );
  const folder = isFolder ? annotations : dirname(annotations);
  const list = isFolder ? join(folder, `${split}.txt`) : annotations;
  const names = (await readdir(folder)).filter((name) => name.endsWith('.txt')).sort();
  const splits = names.map((name) => name.slice(0, -'.txt'.length)).join(', ');
  if (isFolder && !names.includes(`${split}.txt`))
    throw new ExpectationError(`split "${split}" of ${folder}`, `one of ${splits || 'no splits'}`, 'no pictures');
  return { folder, list, ids: (await readText(list)).split(/\s+/).filter(Boolean) };
}

/** Capitalised in the official archive; some copies are not. */
async function sentencesFolder(folder: string): Promise<string> {
  const found = (await readdir(folder)).find((name) => name.toLowerCase() === 'sentences');
  if (!found) throw new ExpectationError(`annotations ${folder}`, 'a folder Sentences', 'none');
  return join(folder, found);
}

const readText = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch((error) => {
    throw fileError(file, error);
  });
