import type { Tokenizer } from '../tokenizer/tokenizer.js';
import { topTokens } from './top-tokens.js';

/** A guess at a masked token, with its probability. */
export interface Prediction {
  token: string;
  score: number;
}

const PREDICTIONS = 5;

/** The best guesses at a masked token by its logits [V], best first. Ids that stand for no token, as in a padded vocabulary, are left out. */
export const guessToken = (
  logits: Float32Array,
  { tokenText, vocabularySize }: Pick<Tokenizer, 'tokenText' | 'vocabularySize'>,
): Prediction[] =>
  topTokens(logits.subarray(0, vocabularySize), PREDICTIONS).map(({ id, score }) => ({ token: tokenText(id), score }));
