import { expect, test } from 'vitest';
import {
  byFrequency,
  countLabels,
  gramsOf,
  wordsOf,
} from '../../../../training/evaluation/text-guessers/labelled-text.js';

test('words are lower case and without punctuation', () => {
  expect(wordsOf("What's the Größe, of 2 balls?")).toEqual(["what's", 'the', 'größe', 'of', '2', 'balls']);
  expect(wordsOf(' ?! ')).toEqual([]);
});

test('grams are words, then pairs with the ends of the text', () => {
  expect(gramsOf('red or blue?')).toEqual(['red', 'or', 'blue', ' red', 'red or', 'or blue', 'blue ']);
});

test('labels by falling frequency, equally frequent ones by spelling whatever the order of the examples', () => {
  const examples = ['no', 'yes', 'blue', 'yes', 'blue', 'two'].map((label) => ({ text: '', label }));
  expect(byFrequency(countLabels(examples))).toEqual(['blue', 'yes', 'no', 'two']);
  expect(byFrequency(countLabels(examples.toReversed()))).toEqual(['blue', 'yes', 'no', 'two']);
});
