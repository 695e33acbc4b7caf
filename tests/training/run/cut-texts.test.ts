import { beforeAll, expect, test } from 'vitest';
import { loadTokenizer, type Tokenizer } from '../../../model/tokenizer/tokenizer.js';
import { describeCutTexts } from '../../../training/run/cut-texts.js';
import { trainTokenizerOn } from '../../../training/tokenizer/train-tokenizer.js';
import { temporaryFolder } from '../../fixtures/tiny-training.js';

const words = ['red', 'green', 'is', 'the', 'shape'];
let tokenizer: Tokenizer;
beforeAll(async () => {
  const out = `${await temporaryFolder()}/tokenizer.json`;
  await trainTokenizerOn(Array(50).fill(words.join(' ')), { vocabSize: 290, out });
  tokenizer = loadTokenizer(out);
});

const source = (texts: string[], answers?: string[]) => ({
  items: texts.map((text) => ({
    pictures: [],
    texts: [text],
    target: answers ? { answers: answers.map((answer) => ({ text: answer, weight: 1 })) } : { label: 1 },
  })),
  weight: undefined,
});
const recipe = (maxLength: number, answers = 10) => ({
  text: { maxLength, cleaning: 'none' as const },
  answers: { perQuestion: 1, maxLength: answers },
});

// Each word is one token: [START] and [END] come to them.
test.each([
  ['all fit', [source(['is the shape red'])], recipe(6), []],
  [
    'one of two is cut',
    [source(['red']), source(['is the shape red'])],
    recipe(5),
    [/^50\.0 % of the texts .*text\.maxLength \(5 tokens\).*"is the shape red"/],
  ],
  ['an answer of a token and its end fits', [source(['red'], ['green'])], recipe(6, 2), []],
  [
    'an answer is cut',
    [source(['red'], ['green red'])],
    recipe(6, 2),
    [/^100\.0 % of the answers .*answers\.maxLength \(2 tokens\).*"green red"/],
  ],
  ['nothing is there', [], recipe(6), []],
])('%s', (_, sources, settings, expected) => {
  const lines = describeCutTexts(sources, settings as never, tokenizer);
  expect(lines).toHaveLength(expected.length);
  for (const [i, pattern] of expected.entries()) expect(lines[i]).toMatch(pattern);
});

test('a vocabulary too small for its words is noticed in a large set', () => {
  const many = Array.from({ length: 5000 }, (_, i) => (i % 3 === 0 ? 'magnificently unusual' : 'red'));
  const [line] = describeCutTexts([source(many)], recipe(8) as never, tokenizer);
  expect(line).toMatch(/^33\.\d % of the texts/);
});
