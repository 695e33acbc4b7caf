import { dirname } from 'node:path';
import { ExpectationError } from '../../model/errors.js';
import { readAlbef } from './albef.js';
import { readCoco } from './coco.js';
import { expandBraces } from './expand-braces.js';
import { flickr30kFiles, readFlickr30k } from './flickr30k.js';
import { type FormatName, type GivenFiles, wrongKey } from './formats.js';
import { readImageFolder } from './image-folder.js';
import { readKarpathy } from './karpathy.js';
import type { PairRecord } from './records.js';
import { readTsv } from './tsv.js';
import { readVisualGenome } from './visual-genome.js';
import { readWebDataset } from './webdataset.js';

/** Where one data set lies, all paths absolute. */
export interface DataFiles {
  annotations: string;
  images: string;
  /** Only where a format marks splits; the files of the others are one. */
  split: string;
}

/** What is read of one format; the type of the records says for which tasks it serves. */
export interface Reader<R> {
  /** Reads the records of one split, in file order; whether their pictures exist is checked by readData. */
  read(files: DataFiles): Promise<R[]>;
  /** The annotation files; none where they are part of the pictures. */
  annotationFiles(files: DataFiles): string[] | Promise<string[]>;
}

const oneFile = ({ annotations }: DataFiles) => [annotations];
const manyFiles = ({ annotations }: DataFiles) => expandBraces(annotations);

/** The reader of every format. */
export const READERS: { [name in FormatName]: Reader<PairRecord> } = {
  karpathy: { read: readKarpathy, annotationFiles: oneFile },
  coco: { read: readCoco, annotationFiles: oneFile },
  flickr30k: { read: readFlickr30k, annotationFiles: flickr30kFiles },
  'visual-genome': { read: readVisualGenome, annotationFiles: oneFile },
  albef: { read: readAlbef, annotationFiles: manyFiles },
  tsv: { read: readTsv, annotationFiles: manyFiles },
  webdataset: { read: readWebDataset, annotationFiles: () => [] },
  imagefolder: { read: readImageFolder, annotationFiles: () => [] },
};

/** The files of a data entry. Throws an ExpectationError that names the key which its format lacks or has no use for. */
export function dataFiles({ format, split, ...given }: GivenFiles & { format: FormatName; split: string }): DataFiles {
  const wrong = wrongKey(format, given);
  if (wrong) throw new ExpectationError(`data ${wrong.key}`, wrong.expected, given[wrong.key] ?? 'nothing');
  const annotations = given.annotations ?? given.images!;
  return { annotations, images: given.images ?? dirname(annotations), split };
}
