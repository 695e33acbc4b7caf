import { expect, test } from 'vitest';
import { fitLeadingWords } from '../../../../training/evaluation/text-guessers/leading-words.js';

const EXAMPLES = [
  ['What color is it?', 'red'],
  ['what color is this', 'red'],
  ['what color is that', 'blue'],
  ['What shape is it?', 'cube'],
  ['what shape is this', 'cube'],
  ['what is it', 'ball'],
  ['what is it', 'ball'],
  ['what is it', 'ball'],
  ['what is it', 'ball'],
  ['is it red', 'yes'],
].map(([text, label]) => ({ text: text!, label: label! }));

test.each<[number, string, string]>([
  [0, 'what color is it', 'ball'],
  [1, 'what color is it', 'ball'],
  [2, 'what color is it', 'red'],
  [4, 'WHAT COLOR IS EVERYTHING', 'red'],
  [2, 'what shape is it', 'ball'], // seen twice only
  [2, 'is it red', 'ball'],
  [4, '', 'ball'],
  [Number.POSITIVE_INFINITY, 'what is it', 'ball'],
  [Number.POSITIVE_INFINITY, 'what color is it really', 'red'],
])('by %d leading words, %j is answered %s', (words, text, label) => {
  expect(fitLeadingWords(EXAMPLES, words)(text)).toBe(label);
});
