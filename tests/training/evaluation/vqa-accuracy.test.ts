// Official VQA v2 accuracy on cases worked out by hand.
import { describe, expect, test } from 'vitest';
import { type VqaQuestion, vqaAccuracy } from '../../../training/evaluation/vqa-accuracy.js';

const OTHERS = ['blue', 'green', 'pink', 'gray', 'black', 'white', 'brown', 'teal', 'gold', 'lime'];
const times = (n: number, answer: string) => Array.from({ length: n }, () => answer);
/** Ten answers of which `n` are `answer`. */
const among10 = (n: number, answer: string) => [...times(n, answer), ...OTHERS.slice(n)];
const question = (questionId: number, answers: string[], types: Partial<VqaQuestion> = {}): VqaQuestion => ({
  questionId,
  answers,
  ...types,
});
const accuracyOf = (answers: string[], prediction: string) =>
  vqaAccuracy([question(1, answers)], new Map([[1, prediction]])).accuracy;

describe('one question', () => {
  test.each([
    [0, 0],
    [1, 30],
    [2, 60],
    [3, 90],
    [4, 100],
    [5, 100],
    [10, 100],
  ])('%i of 10 people agree: %i', (n, accuracy) => {
    expect(accuracyOf(among10(n, 'red'), 'red')).toBe(accuracy);
  });

  test.each<[string, string[], string, number]>([
    ['spellings of one answer add up', ['2', 'two', 'Two.', ...OTHERS.slice(3)], 'two', 90],
    ['a prediction is normalised where people disagree', among10(9, 'two dogs'), 'The 2 dogs!', 100],
    ['so are their answers, in all steps', among10(9, 'the Two dogs'), '2 dogs', 100],
    ['the same words only: an extra one is wrong', among10(9, 'two dogs'), 'two big dogs', 0],
    ['unanimous people: the spelling counts', times(10, 'Two dogs'), 'Two dogs', 100],
    ['unanimous people: no digits', times(10, 'Two dogs'), '2 dogs', 0],
    ['unanimous people: no lower case', times(10, 'Two dogs'), 'two dogs', 0],
    ['unanimous people: blanks at the ends and tabs do not count', times(10, ' Two dogs\n'), 'Two\tdogs ', 100],
    ['unanimous up to blanks at the ends', [...times(9, 'Two dogs'), 'Two dogs\n'], '2 dogs', 0],
    ['an empty prediction', among10(9, 'red'), '', 0],
    ['articles alone are one and the same empty answer', among10(4, 'the'), 'a', 100],
    ['fewer than ten people: two who agree', times(2, 'red'), 'red', 33.33],
    ['the only answer (Visual Genome)', ['red'], 'red', 100],
    ['not the only answer', ['red'], 'blue', 0],
  ])('%s', (_, answers, prediction, accuracy) => {
    expect(accuracyOf(answers, prediction)).toBe(accuracy);
  });

  // ALBEF's and LAVIS' copies normalise the prediction always and the answers in part: they call all of these wrong.
  test.each<[string, string[], string]>([
    ['a unanimous answer as people spelt it', times(10, 'Two dogs'), 'Two dogs'],
    ['a number word that most people gave', among10(9, 'two'), 'two'],
    ['an answer with an article', among10(9, 'the dog'), 'the dog'],
  ])('%s is right, unlike in copies of the script', (_, answers, prediction) => {
    expect(accuracyOf(answers, prediction)).toBe(100);
  });
});

test('means over all questions, answer types and question types, rounded to hundredths', () => {
  const questions = [
    question(10, times(10, 'yes'), { answerType: 'yes/no', questionType: 'is the' }),
    question(11, among10(1, 'red'), { answerType: 'other', questionType: 'what' }),
    question(12, among10(2, 'red'), { answerType: 'other' }),
    question(13, among10(9, 'red')),
    question(14, times(10, 'no'), { answerType: 'yes/no', questionType: 'is the' }),
    question(15, times(10, 'no'), { answerType: 'yes/no', questionType: 'is the' }),
  ];
  const predictions = new Map(questions.map(({ questionId }) => [questionId, questionId === 10 ? 'yes' : 'red']));
  expect(vqaAccuracy(questions, predictions)).toEqual({
    questions: 6,
    accuracy: 48.33, // (100 + 30 + 60 + 100 + 0 + 0) / 6
    perAnswerType: { 'yes/no': 33.33, other: 45 },
    perQuestionType: { 'is the': 33.33, what: 30 },
  });
});

describe('refuses', () => {
  const asked = [question(1, among10(3, 'red')), question(2, among10(3, 'red'))];
  test.each<[string, VqaQuestion[], [number | string, string][], string]>([
    ['a question without prediction', asked, [[1, 'red']], 'question 2: expected a prediction, got none'],
    [
      'a prediction without question',
      asked,
      [
        [1, 'red'],
        [2, 'red'],
        [77, 'red'],
      ],
      'prediction for question 77: expected one of the 2 questions to evaluate, got an unknown id',
    ],
    [
      'an id as text where the question has a number',
      asked,
      [['1', 'red']],
      'question 1: expected a prediction, got none',
    ],
    [
      'two questions of one id',
      [asked[0]!, asked[0]!],
      [[1, 'red']],
      'question 1: expected an id of its own, got a second',
    ],
    ['no questions', [], [], 'questions to evaluate: expected at least one, got none'],
    ['a question without answers', [question(1, [])], [[1, 'red']], 'answers of question 1: expected at least one'],
  ])('%s', (_, questions, predictions, message) => {
    expect(() => vqaAccuracy(questions, new Map(predictions))).toThrow(message);
  });
});
