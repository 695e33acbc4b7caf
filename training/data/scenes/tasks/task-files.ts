import path from 'node:path';
import { SPLITS, type Split } from '../scene.js';
import { WholeFile } from '../whole-file.js';
import { writeHypotheses } from './hypotheses.js';
import { writeStatements } from './pairs.js';
import { writeQuestionFiles } from './question-files.js';
import { scenesOf, type TaskPicture } from './task-picture.js';

/** How many of each were written. */
export interface TaskCounts {
  questions: number;
  statements: number;
  hypotheses: number;
}

const namesOf = (split: Split) => ({
  questions: `vqa_${split}_questions.json`,
  annotations: `vqa_${split}_annotations.json`,
  statements: `nlvr2_${split}.jsonl`,
  hypotheses: `ve_${split}.jsonl`,
});

/** The files of all splits. */
export const TASK_FILES = SPLITS.flatMap((split) => Object.values(namesOf(split)));

/** Writes questions (VQA v2), statements about pairs (NLVR2) and hypotheses (SNLI-VE) about the pictures of a split. */
export async function writeTaskFiles(
  out: string,
  split: Split,
  pictures: readonly TaskPicture[],
  seed: number,
): Promise<TaskCounts> {
  const names = namesOf(split);
  const begin = (name: keyof typeof names) => WholeFile.begin(path.join(out, names[name]));
  return {
    questions: await writeQuestionFiles(await begin('questions'), await begin('annotations'), split, pictures, seed),
    statements: await writeStatementFile(await begin('statements'), split, pictures, seed),
    hypotheses: await writeHypothesisFile(await begin('hypotheses'), split, pictures, seed),
  };
}

/** Writes a statement and its pair of pictures a line, and tells how many. */
async function writeStatementFile(
  file: WholeFile,
  split: Split,
  pictures: readonly TaskPicture[],
  seed: number,
): Promise<number> {
  let count = 0;
  for (const set of writeStatements(scenesOf(pictures), seed, split)) {
    for (const { identifier, sentence, label, left, right } of set) {
      const names = { left: pictures[left]!.filename, right: pictures[right]!.filename };
      await file.add(`${JSON.stringify({ identifier, sentence, label, ...names })}\n`);
      count++;
    }
  }
  await file.finish();
  return count;
}

/** Writes a hypothesis a line and tells how many: the official fields, `Flickr30K_ID` being the picture's file name without its ending. */
async function writeHypothesisFile(
  file: WholeFile,
  split: Split,
  pictures: readonly TaskPicture[],
  seed: number,
): Promise<number> {
  let [index, count] = [0, 0];
  for (const hypotheses of writeHypotheses(scenesOf(pictures), seed, split)) {
    const { filename, caption } = pictures[index]!;
    for (const [place, { text, answer }] of hypotheses.entries()) {
      const entry = {
        Flickr30K_ID: filename.replace('.jpg', ''),
        filename,
        captionID: `${filename}#0`,
        pairID: `${filename}#0r${place + 1}`,
        gold_label: answer,
        annotator_labels: [answer],
        sentence1: caption,
        sentence2: text,
      };
      await file.add(`${JSON.stringify(entry)}\n`);
    }
    count += hypotheses.length;
    index++;
  }
  await file.finish();
  return count;
}
