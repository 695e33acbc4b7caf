import { expect, test } from 'vitest';
import { guessToken } from '../../../model/maskvlm/guess-token.js';

const tokenizer = { vocabularySize: 6, tokenText: (id: number) => ` t${id}` };

test('guesses are the five best tokens with their texts', () => {
  const found = guessToken(Float32Array.of(1, 6, 5, 4, 3, 2), tokenizer);
  expect(found.map(({ token }) => token)).toEqual([' t1', ' t2', ' t3', ' t4', ' t5']);
});

test('ids beyond the tokenizer are never guessed, and take no share', () => {
  const [best] = guessToken(Float32Array.of(0, 50, 0, 0, 0, 0, 60, 70), tokenizer);
  expect(best).toEqual({ token: ' t1', score: 1 });
});
