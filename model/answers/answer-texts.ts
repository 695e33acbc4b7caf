import type { EncodedText, Tokenizer } from '../tokenizer/tokenizer.js';
import type { DecoderStep } from './decoder-step.js';
import { type GenerateOptions, generateAnswers } from './generate-answers.js';
import { type RankOptions, rankAnswers } from './rank-answers.js';

/** An answer as people read it, and the logarithm of the probability of all its tokens, the end included. */
export interface AnswerText {
  answer: string;
  logProbability: number;
}

/** Answers to choose from, which several questions may share. */
export interface AnswerChoice {
  texts: readonly string[];
  encoded: readonly EncodedText[];
}

/** Encodes answers for a model whose answers have at most `maxLength` tokens, the end included; longer ones are cut. */
export function encodeAnswers(texts: readonly string[], maxLength: number, tokenizer: Tokenizer): AnswerChoice {
  return { texts, encoded: texts.map((text) => tokenizer.encodeAnswer(text, maxLength + 1)) };
}

/** {@link generateAnswers} in words: the `beams` most probable answers of each of `questions` questions, best first. */
export async function generateTexts(
  step: DecoderStep,
  questions: number,
  options: Omit<GenerateOptions, 'special'>,
  tokenizer: Tokenizer,
): Promise<AnswerText[][]> {
  const found = await generateAnswers(step, questions, { ...options, special: tokenizer.special });
  return found.map((answers) =>
    answers.map(({ ids, logProbability }) => ({ answer: tokenizer.decode(ids).trim(), logProbability })),
  );
}

/** {@link rankAnswers} in words: the candidates of each question's choice, best first. */
export async function rankTexts(
  step: DecoderStep,
  choices: readonly AnswerChoice[],
  options: Omit<RankOptions, 'padId'>,
  tokenizer: Tokenizer,
): Promise<AnswerText[][]> {
  const lists = choices.map(({ encoded }) => encoded.map(({ inputIds }) => inputIds));
  const ranked = await rankAnswers(step, lists, { ...options, padId: tokenizer.special.pad });
  return ranked.map((order, i) =>
    order.map(({ index, logProbability }) => ({ answer: choices[i]!.texts[index]!, logProbability })),
  );
}
