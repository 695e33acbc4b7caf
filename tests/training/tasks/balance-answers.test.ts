import { describe, expect, test } from 'vitest';
import type { QuestionRecord } from '../../../training/data/records.js';
import { balanceAnswers } from '../../../training/tasks/balance-answers.js';

const record = (questionId: number, question: string, ...answers: string[]): QuestionRecord => ({
  image: { file: `${questionId}.png` },
  questionId,
  question,
  answers,
});
const idsOf = (records: readonly QuestionRecord[]) => records.map(({ questionId }) => questionId);

describe('balanced answers', () => {
  test('come equally often to each text, in turns, behind all records in their order', () => {
    const records = [
      record(1, 'red?', 'no'),
      record(2, 'red?', 'yes'),
      record(3, 'red?', 'no'),
      record(4, 'what?', 'a'),
      record(5, 'red?', 'no'),
      record(6, 'red?', 'yes'),
      record(7, 'red?', 'no'),
      record(8, 'red?', 'no'),
      record(9, 'what?', 'b'),
    ];
    expect(idsOf(balanceAnswers(records))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 2, 6, 2]);
  });

  test.each([
    [
      'the most frequent of several answers counts',
      [record(1, 'q', 'no', 'yes', 'yes'), record(2, 'q', 'no'), record(3, 'q', 'no')],
      [1, 2, 3, 1],
    ],
    ['a text with one answer stays as it is', [record(1, 'q', 'a'), record(2, 'q', 'a')], [1, 2]],
    [
      'a question without answers is not repeated',
      [record(1, 'q'), record(2, 'q', 'a'), record(3, 'q', 'a')],
      [1, 2, 3],
    ],
    ['nothing gives nothing', [], []],
  ])('%s', (_what, records, want) => {
    expect(idsOf(balanceAnswers(records))).toEqual(want);
  });
});
