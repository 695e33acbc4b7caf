import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ExpectationError, expect } from '../../model/errors.js';

/** A picture and the class that it shows. */
export interface LabelledPicture {
  /** Absolute path of the picture. */
  imageFile: string;
  label: string;
}

const PICTURE = /\.(?:jpe?g|png|webp|gif|avif|tiff?)$/i;

/** `001.Black_footed_Albatross` -> `Black footed Albatross`: folders are numbered to be sorted, and cannot have spaces. */
const labelOf = (folder: string): string => folder.replace(/^\d+\.(?=.)/, '').replaceAll('_', ' ');

/** Names of entries, sorted by their letters' codes: the same order on every machine. */
const sorted = (names: readonly string[]): string[] => [...names].sort((a, b) => (a < b ? -1 : 1));

/**
 * Reads a folder of classes, a subfolder each, its pictures at any depth, sorted by path. Underscores in the name of a class become
 * spaces. Throws when there is no such folder, no class, or a class without pictures.
 */
export async function readImageFolder(images: string): Promise<LabelledPicture[]> {
  const entries = await readdir(images, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    throw new ExpectationError('--images', 'a readable folder', `${images} (${error.code})`);
  });
  const classes = sorted(entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])));
  expect(classes.length > 0, `--images ${images}`, 'a subfolder for each class', 'none');
  const pictures: LabelledPicture[] = [];
  for (const name of classes) {
    const folder = join(images, name);
    const files = sorted((await readdir(folder, { recursive: true })).filter((file) => PICTURE.test(file)));
    expect(files.length > 0, `class folder ${folder}`, 'at least one picture', 'none');
    for (const file of files) pictures.push({ imageFile: resolve(folder, file), label: labelOf(name) });
  }
  return pictures;
}
