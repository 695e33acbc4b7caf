import { z } from 'zod';
import { expect } from '../../model/errors.js';
import { checkForm } from './annotation-file.js';
import type { ImageSource } from './image-source.js';
import { readJsonList } from './json-list.js';
import { givenNames, locateImage } from './locate-image.js';
import type { DataFiles } from './readers.js';
import { type PairRecord, pairRecord, type QuestionRecord } from './records.js';

const id = z.union([z.int(), z.string()]);
const named = {
  id: id.optional(),
  image_id: id.optional(),
  filename: z.string().optional(),
  image: z.string().optional(),
};
const regions = z.object({ ...named, regions: z.array(z.object({ phrase: z.string() })) });
const questions = z.object({
  ...named,
  qas: z.array(z.object({ qa_id: id, question: z.string(), answer: z.string() })),
});
type Named = { [name in keyof typeof named]?: z.output<(typeof named)[name]> };

/** The folders of the two official archives, images.zip and images2.zip. */
const FOLDERS = ['', 'VG_100K/', 'VG_100K_2/'];

/**
 * Reads Visual Genome's region_descriptions.json: the phrases of a picture's regions are its texts, each once. Pictures are named by
 * filename, image or id, and lie in the folder of pictures or in the official folders there. Throws when the file is not of that form.
 */
export async function readVisualGenome(files: DataFiles): Promise<PairRecord[]> {
  const records: PairRecord[] = [];
  const form = "Visual Genome's region descriptions [{id, regions: [{phrase}]}]";
  for await (const { row, image } of readPictures(files, regions, form)) {
    records.push(pairRecord(image, [...new Set(row.regions.map(({ phrase }) => phrase.trim()))]));
  }
  return records;
}

/**
 * Reads Visual Genome's question_answers.json. Its answers are sentences ("Green."): they become like those of VQA, in lower case and
 * without the stop. Throws when the file is not of that form.
 */
export async function readVisualGenomeQuestions(files: DataFiles): Promise<QuestionRecord[]> {
  const records: QuestionRecord[] = [];
  const form = "Visual Genome's questions [{id, qas: [{qa_id, question, answer}]}]";
  for await (const { row, image } of readPictures(files, questions, form)) {
    for (const { qa_id, question, answer } of row.qas) {
      const answers = [answer.trim().replace(/\.$/, '').toLowerCase()];
      records.push({ image, questionId: qa_id, question, answers });
    }
  }
  return records;
}

async function* readPictures<T extends Named>(
  { annotations: file, images: folder }: DataFiles,
  schema: z.ZodType<T>,
  form: string,
): AsyncGenerator<{ row: T; image: ImageSource }> {
  let index = 0;
  for await (const item of readJsonList(file)) {
    const what = `picture ${index++} of ${file}`;
    const row = checkForm(schema, item, what, form);
    const key = row.id ?? row.image_id;
    const names = [...givenNames(row), ...(key === undefined ? [] : [`${key}.jpg`])];
    expect(names.length, what, 'an id, filename or image', 'none');
    const paths = names.flatMap((name) => FOLDERS.map((inner) => inner + name));
    yield { row, image: { file: locateImage(folder, paths) } };
  }
}
