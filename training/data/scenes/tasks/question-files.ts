import type { Split } from '../scene.js';
import type { WholeFile } from '../whole-file.js';
import { askQuestions, type Question } from './questions.js';
import { scenesOf, type TaskPicture } from './task-picture.js';

/** Answers to a question, as VQA v2 collected them: here all agree. */
const ANNOTATORS = 10;

/** A question's id is its picture's times this, plus its place among the picture's questions; so in VQA v2. */
const PLACES = 1000;

/** Writes the questions about pictures and the answers to them, an entry a line of two official files, and tells how many. */
export async function writeQuestionFiles(
  questions: WholeFile,
  annotations: WholeFile,
  split: Split,
  pictures: readonly TaskPicture[],
  seed: number,
): Promise<number> {
  let [index, count] = [0, 0];
  await questions.add(headOf(split, 'questions'));
  await annotations.add(headOf(split, 'annotations'));
  for (const asked of askQuestions(scenesOf(pictures), seed, split)) {
    const { id: image_id, filename } = pictures[index]!;
    for (const [place, question] of asked.entries()) {
      const ids = { image_id, filename, question_id: image_id * PLACES + place };
      const start = count === 0 ? '\n' : ',\n';
      await questions.add(start + JSON.stringify({ ...ids, question: question.text }));
      await annotations.add(start + JSON.stringify({ ...ids, ...annotationOf(question) }));
      count++;
    }
    index++;
  }
  for (const file of [questions, annotations]) {
    await file.add('\n]}\n');
    await file.finish();
  }
  return count;
}

/** All of an official file up to its list. */
function headOf(split: Split, name: 'questions' | 'annotations'): string {
  const info = { description: 'Generated scenes: questions that the words alone do not answer', version: '1' };
  const head = { info, task_type: 'Open-Ended', data_type: 'scenes', data_subtype: split };
  return `${JSON.stringify(head).slice(0, -1)},"${name}":[`;
}

function annotationOf({ kind, answer }: Question) {
  return {
    question_type: kind,
    answer_type: /^(yes|no)$/.test(answer) ? 'yes/no' : /^\d+$/.test(answer) ? 'number' : 'other',
    multiple_choice_answer: answer,
    answers: Array.from({ length: ANNOTATORS }, (_, i) => ({ answer, answer_confidence: 'yes', answer_id: i + 1 })),
  };
}
