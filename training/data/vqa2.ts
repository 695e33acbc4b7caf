import { basename } from 'node:path';
import { z } from 'zod';
import { expect } from '../../model/errors.js';
import { checkForm, readJson } from './annotation-file.js';
import { answeredPairs } from './answered-pairs.js';
import { cocoNames } from './coco.js';
import { mostFrequentAnswer } from './count-answers.js';
import type { ImageSource } from './image-source.js';
import { givenNames, locateImage } from './locate-image.js';
import type { DataFiles } from './readers.js';
import type { PairRecord, QuestionRecord } from './records.js';

const id = z.union([z.int(), z.string()]);
const named = { image_id: id.optional(), filename: z.string().optional(), image: z.string().optional() };
const question = z.object({ question_id: id, question: z.string(), ...named });
const annotation = z.object({
  question_id: id,
  answers: z.array(z.object({ answer: z.string() })).min(1),
  question_type: z.string().optional(),
  answer_type: z.string().optional(),
  ...named,
});
const document = z
  .object({
    data_subtype: z.string().optional(),
    questions: z.array(question).optional(),
    annotations: z.array(annotation).optional(),
  })
  .refine((one) => one.questions ?? one.annotations, { message: 'neither questions nor annotations' });
type Named = { [key in keyof typeof named]?: z.output<(typeof named)[key]> };
const FORM =
  'the VQA form {questions: [{question_id, image_id, question}]} or {annotations: [{question_id, answers: [{answer}]}]}';

/** COCO's ids are the same picture's in all of its subsets. */
const SUBSETS = ['train2014', 'val2014', 'test2015'];

/**
 * Reads VQA v2's file of questions, in its order, and its file of annotations, which a test split lacks. A picture is named by filename or
 * image, or else by its id in COCO. Throws when a file is not of that form, or a question is without answers while others have them.
 */
export async function readVqa2(files: DataFiles): Promise<QuestionRecord[]> {
  const documents = await Promise.all(vqa2Files(files).map(async (file) => ({ file, ...(await readDocument(file)) })));
  const asked = documents.find(({ questions }) => questions);
  const answered = documents.find(({ annotations }) => annotations);
  expect(asked?.questions, `questions of ${files.annotations}`, 'a file of questions beside it', 'none');
  const answers = new Map(answered?.annotations?.map((one) => [`${one.question_id}`, one]));
  const locate = createLocator(files, documents);
  return asked.questions.map((one) => {
    const given = answers.get(`${one.question_id}`);
    const what = `question ${one.question_id} of ${asked.file}`;
    if (answered) expect(given, what, `answers in ${answered.file}`, 'none');
    return {
      image: locate([one, given ?? {}], what),
      questionId: one.question_id,
      question: one.question,
      questionType: given?.question_type,
      answerType: given?.answer_type,
      answers: given?.answers.map(({ answer }) => answer) ?? [],
    };
  });
}

/**
 * Reads VQA v2's files as captions, see {@link answeredPairs}: questions with their most frequent answers. Throws what {@link readVqa2}
 * throws.
 */
export async function readVqa2Pairs(files: DataFiles): Promise<PairRecord[]> {
  const records = await readVqa2(files);
  return answeredPairs(
    records.map(({ image, question, questionId, answers }) => {
      const what = `question ${questionId} of ${files.annotations}`;
      return { file: image.file, text: question, answer: mostFrequentAnswer(answers), what };
    }),
  );
}

/** The files of a data set: a file of questions may stand under either name where there is but one. */
export const vqa2Files = ({ annotations, questions }: DataFiles): string[] => [
  ...new Set([annotations, ...(questions === undefined ? [] : [questions])]),
];

const readDocument = async (file: string) => checkForm(document, await readJson(file), `annotations ${file}`, FORM);

/** Finds the pictures of questions; several are about one. */
function createLocator(
  { images: folder, split }: DataFiles,
  documents: readonly { file: string; data_subtype?: string | undefined }[],
): (entries: readonly Named[], what: string) => ImageSource {
  const told = [...documents.flatMap(({ data_subtype, file }) => [data_subtype, basename(file)]), `${split}20`];
  const words = told.join(' ').replaceAll('test-dev', 'test');
  const place = (subset: string) => {
    const at = words.indexOf(subset.slice(0, -2));
    return at < 0 ? words.length : at;
  };
  const subsets = SUBSETS.toSorted((a, b) => place(a) - place(b));
  const known = new Map<string, ImageSource>();
  return (entries, what) => {
    const key = entries.map(({ filename, image, image_id }) => `${filename}\n${image}\n${image_id}`).join('\n');
    const image = known.get(key) ?? { file: locateImage(folder, namesOf(entries, subsets, what)) };
    known.set(key, image);
    return image;
  };
}

function namesOf(entries: readonly Named[], subsets: readonly string[], what: string): string[] {
  const id = entries.find(({ image_id }) => image_id !== undefined)?.image_id;
  const names = entries.flatMap(givenNames);
  expect(id !== undefined || names.length > 0, what, 'a picture under image_id, filename or image', 'none');
  return cocoNames(names, id, subsets);
}
