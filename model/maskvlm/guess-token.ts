import type { Tokenizer } from '../tokenizer/tokenizer.js';
import { topTokens } from './top-tokens.js';

/** A guess at a masked token, with its probability. */
export interface Prediction {
  token: string;
  score: number;
}

const PREDICTIONS = 5;

/** The best guesses at a masked token by its logits [V], best first. */
export const guessToken = (logits: Float32Array, tokenizer: Pick<Tokenizer, 'tokenText'>): Prediction[] =>
  topTokens(logits, PREDICTIONS).map(({ id, score }) => ({ token: tokenizer.tokenText(id), score }));
