import { dirname } from 'node:path';
import { ExpectationError } from '../../model/errors.js';
import { readAlbef } from './albef.js';
import { readAlbefHypotheses, readAlbefQuestions, readAlbefStatements } from './albef-tasks.js';
import { readClassFolders } from './class-folders.js';
import { readCoco } from './coco.js';
import { expandBraces } from './expand-braces.js';
import { flickr30kFiles, readFlickr30k } from './flickr30k.js';
import { type FormatName, type FormatOf, type GivenFiles, wrongKey } from './formats.js';
import { readImageFolder } from './image-folder.js';
import { readKarpathy } from './karpathy.js';
import { readNlvr1, readNlvr1Hypotheses, readNlvr1Pairs } from './nlvr1.js';
import { readNlvr2 } from './nlvr2.js';
import type { RecordKind, Records } from './records.js';
import { readSnliVe, readSnliVePairs } from './snli-ve.js';
import { readTsv } from './tsv.js';
import { readVisualGenome, readVisualGenomeQuestions } from './visual-genome.js';
import { readVqa2, readVqa2Pairs, vqa2Files } from './vqa2.js';
import { readWebDataset } from './webdataset.js';

/** Where one data set lies, all paths absolute. */
export interface DataFiles {
  /** Where a format does without: the file of questions, or the folder of pictures. */
  annotations: string;
  questions?: string | undefined;
  images: string;
  /** Only where a format marks splits; the files of the others are one. */
  split: string;
}

/** How one kind of records is read from one format. */
export interface Reader<R> {
  /**
   * Reads the records of one split, in file order; whether their pictures exist is checked by readData. `leaveOut` is told why an example is
   * left out that nobody uses.
   */
  read(files: DataFiles, leaveOut: (reason: string) => void): Promise<R[]>;
  /** The annotation files; none where what they say is part of the pictures' files and names. */
  annotationFiles(files: DataFiles): string[] | Promise<string[]>;
}

const oneFile = ({ annotations }: DataFiles) => [annotations];
const manyFiles = ({ annotations }: DataFiles) => expandBraces(annotations);
const noFiles = () => [];

/** The reader of every kind of records and format. */
const READERS = {
  pairs: {
    karpathy: { read: readKarpathy, annotationFiles: oneFile },
    coco: { read: readCoco, annotationFiles: oneFile },
    flickr30k: { read: readFlickr30k, annotationFiles: flickr30kFiles },
    vqa2: { read: readVqa2Pairs, annotationFiles: vqa2Files },
    'visual-genome': { read: readVisualGenome, annotationFiles: oneFile },
    nlvr1: { read: readNlvr1Pairs, annotationFiles: oneFile },
    'snli-ve': { read: readSnliVePairs, annotationFiles: oneFile },
    albef: { read: readAlbef, annotationFiles: manyFiles },
    tsv: { read: readTsv, annotationFiles: manyFiles },
    webdataset: { read: readWebDataset, annotationFiles: noFiles },
    imagefolder: { read: readImageFolder, annotationFiles: noFiles },
  },
  questions: {
    vqa2: { read: readVqa2, annotationFiles: vqa2Files },
    'visual-genome': { read: readVisualGenomeQuestions, annotationFiles: oneFile },
    albef: { read: readAlbefQuestions, annotationFiles: manyFiles },
  },
  statements: {
    nlvr2: { read: readNlvr2, annotationFiles: oneFile },
    nlvr1: { read: readNlvr1, annotationFiles: oneFile },
    albef: { read: readAlbefStatements, annotationFiles: manyFiles },
  },
  hypotheses: {
    nlvr1: { read: readNlvr1Hypotheses, annotationFiles: oneFile },
    'snli-ve': { read: readSnliVe, annotationFiles: oneFile },
    albef: { read: readAlbefHypotheses, annotationFiles: manyFiles },
  },
  classes: { imagefolder: { read: readClassFolders, annotationFiles: noFiles } },
} satisfies { [kind in RecordKind]: { [name in FormatOf<kind>]: Reader<Records[kind]> } };

/** The reader of a kind of records from a format that gives them, see {@link dataFiles}. */
export function readerOf<K extends RecordKind>(kind: K, format: FormatName): Reader<Records[K]> {
  const all: { [kind in RecordKind]: { [name in FormatName]?: Reader<Records[kind]> } } = READERS;
  return all[kind][format]!;
}

/** A data entry of a recipe, or what the command line says of one. */
export type GivenData = GivenFiles & { format: FormatName; split: string };

/** The files of a data entry. Throws an ExpectationError that names the key which is wrong, see {@link wrongKey}. */
export function dataFiles(kind: RecordKind, { format, split, ...given }: GivenData): DataFiles {
  const wrong = wrongKey(kind, format, given);
  if (wrong) {
    const got = wrong.key === 'format' ? format : (given[wrong.key] ?? 'nothing');
    throw new ExpectationError(`data ${wrong.key}`, wrong.expected, got);
  }
  const annotations = given.annotations ?? given.questions ?? given.images!;
  return { annotations, questions: given.questions, images: given.images ?? dirname(annotations), split };
}
