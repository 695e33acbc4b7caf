import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ExpectationError, expect } from '../../model/errors.js';
import { checkForm, fileError, parseJson } from './annotation-file.js';
import { isPicture } from './image-source.js';
import { listFiles, listFolder } from './list-files.js';
import type { DataFiles } from './readers.js';
import type { ClassRecord } from './records.js';

/** What folders of splits are called, each beside its other names. */
const SPLITS = [
  ['train', 'training'],
  ['val', 'valid', 'validation', 'dev'],
  ['test', 'testing'],
];

/**
 * Reads pictures in folders that are named like their classes, which may lie in folders of splits. `001.Black_footed_Albatross` is the class
 * "Black footed Albatross"; `annotations` may name a file of other names, {folder: name} or a folder and its name a line. Throws where the
 * split has no folder, a class no picture or no name, or two have the same name.
 */
export async function readClassFolders(files: DataFiles): Promise<ClassRecord[]> {
  const folder = await findSplit(files);
  const content = await listFolder(folder);
  const stray = content.files.find(isPicture);
  expect(stray === undefined, `picture ${join(folder, `${stray}`)}`, 'a folder named like its class around it', 'none');
  const nameOf = await classNames(files, content.folders);
  const records: ClassRecord[] = [];
  for (const name of content.folders) {
    const pictures = (await listFiles(join(folder, name))).filter(isPicture);
    expect(pictures.length, `class folder ${join(folder, name)}`, 'pictures', 'none');
    for (const path of pictures) records.push({ image: { file: join(folder, name, path) }, label: nameOf(name) });
  }
  return records;
}

/** The folder of the split, where all folders are named like splits ("train" alone may be a class). */
async function findSplit({ images, split }: DataFiles): Promise<string> {
  const { folders } = await listFolder(images);
  const synonyms = (name: string) => SPLITS.find((names) => names.includes(name.toLowerCase()));
  if (folders.length === 0 || folders.some((name) => !synonyms(name))) return images;
  const found = folders.find((name) => name === split || synonyms(name)?.includes(split));
  if (found !== undefined) return join(images, found);
  throw new ExpectationError(`split "${split}" of ${images}`, `one of ${folders.join(', ')}`, 'no pictures');
}

/** The names of the classes by their folders. */
async function classNames({ annotations, images }: DataFiles, folders: string[]): Promise<(folder: string) => string> {
  const given = annotations === images ? undefined : await readNames(annotations);
  const folderOf = new Map<string, string>();
  const names = new Map<string, string>();
  for (const folder of folders) {
    const name = given
      ? given.get(folder)
      : folder
          .replace(/^\d+\./, '')
          .replaceAll('_', ' ')
          .trim();
    expect(name, `class folder ${folder}`, `a name in ${annotations}`, 'none');
    const other = folderOf.get(name);
    expect(other === undefined, `class folder ${folder}`, 'a name of its own', `"${name}", as ${other} has`);
    folderOf.set(name, folder);
    names.set(folder, name);
  }
  return (folder) => names.get(folder)!;
}

/** A file of names: a JSON mapping, or lines of a folder and, behind white space, its name. */
async function readNames(file: string): Promise<Map<string, string>> {
  const text = await readFile(file, 'utf8').catch((error) => {
    throw fileError(file, error);
  });
  if (text.trimStart().startsWith('{')) {
    const what = `annotations ${file}`;
    return new Map(
      Object.entries(checkForm(z.record(z.string(), z.string()), parseJson(text, what), what, '{folder: name}')),
    );
  }
  const lines = text.split('\n').map((line) => /^(\S+)\s+(.*\S)/.exec(line.trim()));
  return new Map(lines.flatMap((found) => (found ? [[found[1]!, found[2]!] as const] : [])));
}
