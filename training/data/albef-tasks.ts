import { z } from 'zod';
import { ENTAILMENT_LABELS } from '../../model/maskvlm/entailment-labels.js';
import { albefImage, locateAlbef, readAlbefRows } from './albef.js';
import { labelledAlike, readLabel, readTruth } from './label.js';
import type { DataFiles } from './readers.js';
import type { HypothesisRecord, QuestionRecord, StatementRecord } from './records.js';
import { jpegName } from './snli-ve.js';

const question = z.object({
  ...albefImage,
  question: z.string(),
  question_id: z.union([z.int(), z.string()]).optional(),
  answer: z.union([z.string(), z.array(z.string())]).optional(),
});

/**
 * Reads ALBEF's lists of questions: of VQA v2 with ten answers (vqa_train.json, vqa_val.json) or none (vqa_test.json), and of Visual Genome
 * with one (vg_qa.json). Throws when a file is not of that form.
 */
export async function readAlbefQuestions(files: DataFiles): Promise<QuestionRecord[]> {
  const records: QuestionRecord[] = [];
  const form = "ALBEF's form [{image, question, answer}]";
  for await (const { row: one, what, id } of readAlbefRows(files, question, form)) {
    const image = { file: locateAlbef(files, one, what) };
    const answers = one.answer === undefined ? [] : [one.answer].flat();
    records.push({ image, questionId: one.question_id ?? id, question: one.question, answers });
  }
  return records;
}

const statement = z.object({
  images: z.tuple([z.string(), z.string()], { error: 'expected the paths of two pictures' }),
  sentence: z.string(),
  label: z.unknown().optional(),
  identifier: z.string().optional(),
});

/**
 * Reads ALBEF's lists of NLVR2 (nlvr_train.json and so on). They lack the identifiers: consistency takes those statements together that have
 * the same words about pictures of the same set. Throws when a file is not of that form, or a label is neither True nor False.
 */
export async function readAlbefStatements(files: DataFiles): Promise<StatementRecord[]> {
  const rows: { record: StatementRecord; what: string }[] = [];
  const form = "ALBEF's form [{images: [left, right], sentence, label}]";
  for await (const { row: one, what, id } of readAlbefRows(files, statement, form)) {
    const [left, right] = one.images.map((image) => ({ file: locateAlbef(files, { image }, what) }));
    const pictures = /([^/-]+-\d+)-\d+-img0\.\w+$/.exec(one.images[0])?.[1];
    const identifier = one.identifier ?? id;
    const set = pictures === undefined ? identifier : `${pictures} ${one.sentence}`;
    const label = readTruth(one.label, what);
    rows.push({ record: { left: left!, right: right!, sentence: one.sentence, label, identifier, set }, what });
  }
  return labelledAlike(rows);
}

const hypothesis = z.object({ ...albefImage, sentence: z.string(), label: z.unknown().optional() });

/** Reads ALBEF's lists of SNLI-VE (ve_train.json and so on), whose pictures are named without `.jpg`. Throws as the others do. */
export async function readAlbefHypotheses(files: DataFiles): Promise<HypothesisRecord[]> {
  const rows: { record: HypothesisRecord; what: string }[] = [];
  const form = "ALBEF's form [{image, sentence, label}]";
  for await (const { row: one, what, id } of readAlbefRows(files, hypothesis, form)) {
    const named = one.image === undefined ? one : { ...one, image: jpegName(one.image) };
    const image = { file: locateAlbef(files, named, what) };
    const label = readLabel(one.label, ENTAILMENT_LABELS, what);
    rows.push({ record: { image, hypothesis: one.sentence, label, id }, what });
  }
  return labelledAlike(rows);
}
