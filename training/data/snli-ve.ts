import { extname } from 'node:path';
import { z } from 'zod';
import { expect } from '../../model/errors.js';
import { ENTAILMENT_LABELS } from '../../model/maskvlm/entailment-labels.js';
import { answeredPairs } from './answered-pairs.js';
import { readJsonLines } from './json-lines.js';
import { labelledAlike, readLabel } from './label.js';
import { givenNames, locateImage } from './locate-image.js';
import type { DataFiles } from './readers.js';
import type { HypothesisRecord, PairRecord } from './records.js';

const id = z.union([z.int(), z.string()]).optional();
const row = z.object({
  // Its authors spell the id of the picture in three ways.
  Flickr30K_ID: id,
  Flickr30kID: id,
  Flikr30kID: id,
  filename: z.string().optional(),
  image: z.string().optional(),
  pairID: z.string().optional(),
  sentence2: z.string(),
  gold_label: z.unknown().optional(),
});
const FORM = "SNLI-VE's form {Flickr30K_ID, sentence2, gold_label}";

/**
 * Reads SNLI-VE's JSON lines: sentence2 is the hypothesis about the picture <Flickr30K_ID>.jpg, or the one that filename or image names.
 * Examples whose gold label is "-" are left out, as its authors do. Throws where a line is not of that form or its label is another one.
 */
export async function readSnliVe(
  { annotations: file, images: folder }: DataFiles,
  leaveOut: (reason: string) => void,
): Promise<HypothesisRecord[]> {
  const rows: { record: HypothesisRecord; what: string }[] = [];
  for await (const { row: one, what, id: fallback } of readJsonLines(file, row, FORM)) {
    if (one.gold_label === '-') {
      leaveOut('gold label "-": the annotators did not agree');
      continue;
    }
    const flickr = one.Flickr30K_ID ?? one.Flickr30kID ?? one.Flikr30kID;
    const names = [...givenNames(one), ...(flickr === undefined ? [] : [jpegName(`${flickr}`)])];
    expect(names.length, what, 'a picture under Flickr30K_ID, filename or image', 'none');
    const image = { file: locateImage(folder, names) };
    const label = readLabel(one.gold_label, ENTAILMENT_LABELS, what);
    rows.push({ record: { image, hypothesis: one.sentence2, label, id: one.pairID ?? fallback }, what });
  }
  return labelledAlike(rows);
}

/** Reads SNLI-VE's JSON lines as captions, see {@link answeredPairs}: hypotheses with labels. Throws what {@link readSnliVe} throws. */
export async function readSnliVePairs(files: DataFiles, leaveOut: (reason: string) => void): Promise<PairRecord[]> {
  const records = await readSnliVe(files, leaveOut);
  return answeredPairs(
    records.map(({ image, hypothesis, label, id }) => {
      return { file: image.file, text: hypothesis, answer: label, what: `hypothesis ${id} of ${files.annotations}` };
    }),
  );
}

/** The file that an id of Flickr30k stands for; some lists have the ending already. */
export const jpegName = (name: string): string => (extname(name) ? name : `${name}.jpg`);
