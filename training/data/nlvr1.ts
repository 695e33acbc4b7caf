import { basename, join } from 'node:path';
import { z } from 'zod';
import { answeredPairs } from './answered-pairs.js';
import { readJsonLines } from './json-lines.js';
import { labelledAlike, readTruth } from './label.js';
import { givenNames, locateImage } from './locate-image.js';
import type { DataFiles } from './readers.js';
import type { HypothesisRecord, PairRecord, StatementRecord } from './records.js';

const row = z.object({
  identifier: z.string(),
  sentence: z.string(),
  label: z.unknown().optional(),
  directory: z.union([z.int(), z.string()]).optional(),
  filename: z.string().optional(),
  image: z.string().optional(),
});
const FORM = "NLVR's form {identifier, sentence, label}";

/**
 * Reads NLVR's JSON lines (the first version, of drawn boxes): left and right are the one picture. It is named by filename or image, or as
 * <split>-<identifier>-0.png, the split being that in the name of the file, and lies in the folder of pictures or in those of its split and
 * directory there. Examples whose identifiers begin alike share a sentence. Throws where a line is not of that form or its label is neither
 * true nor false.
 */
export async function readNlvr1({ annotations: file, images: folder, split }: DataFiles): Promise<StatementRecord[]> {
  const subset = /train|dev|test/.exec(basename(file))?.[0] ?? split;
  const rows: { record: StatementRecord; what: string }[] = [];
  for await (const { row: one, what } of readJsonLines(file, row, FORM)) {
    const { identifier, sentence, directory } = one;
    const folders = ['', subset, ...(directory === undefined ? [] : [`${directory}`, join(subset, `${directory}`)])];
    const names = [...givenNames(one), `${subset}-${identifier}-0.png`];
    const paths = names.flatMap((name) => folders.map((inner) => join(inner, name)));
    const image = { file: locateImage(folder, paths) };
    const label = readTruth(one.label, what);
    rows.push({
      record: { left: image, right: image, sentence, label, identifier, set: identifier.split('-')[0]! },
      what,
    });
  }
  return labelledAlike(rows);
}

/**
 * Reads NLVR's JSON lines as hypotheses about their one picture: what is true of it is entailed, what is false contradicted. Throws what
 * {@link readNlvr1} throws.
 */
export async function readNlvr1Hypotheses(files: DataFiles): Promise<HypothesisRecord[]> {
  const records = await readNlvr1(files);
  return records.map(({ left, sentence, label, identifier }) => {
    const verdict = label === undefined ? undefined : label ? 'entailment' : 'contradiction';
    return { image: left, hypothesis: sentence, label: verdict, id: identifier };
  });
}

/** Reads NLVR's JSON lines as captions, see {@link answeredPairs}: statements with true or false. Throws what {@link readNlvr1} throws. */
export async function readNlvr1Pairs(files: DataFiles): Promise<PairRecord[]> {
  const records = await readNlvr1(files);
  return answeredPairs(
    records.map(({ left, sentence, label, identifier }) => {
      const what = `statement ${identifier} of ${files.annotations}`;
      return { file: left.file, text: sentence, answer: label === undefined ? undefined : `${label}`, what };
    }),
  );
}
