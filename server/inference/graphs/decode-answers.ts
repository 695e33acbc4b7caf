import { type AnswerText, encodeAnswers, generateTexts, rankTexts } from '../../../model/answers/answer-texts.js';
import type { DecoderStep } from '../../../model/answers/decoder-step.js';
import type { ModelContext } from './graph-codec.js';

/** Finds the answers to questions, one entry of `wanted` each, whose places there are what the decoder knows them by. */
export type Decode<Wanted, Found> = (
  step: DecoderStep,
  wanted: readonly Wanted[],
  context: ModelContext,
) => Promise<Found[]>;

/** Rows of the decoder in one run while answers are put together: each has a number for every known token. */
const ROWS = 256;

/** The decoder for some of the questions, which count from 0 there. */
const forQuestions =
  (step: DecoderStep, chosen: readonly number[]): DecoderStep =>
  (tokens) =>
    step({ ...tokens, questions: tokens.questions.map((question) => chosen[question]!) });

/** Puts answers together token by token, with so many beams for each question: as many of them at most, best first. */
export const decodeByBeams: Decode<number, AnswerText[]> = async (step, widths, { answerLength, tokenizer }) => {
  const found: AnswerText[][] = [];
  for (const beams of new Set(widths)) {
    const questions = [...widths.keys()].filter((question) => widths[question] === beams);
    const most = Math.max(1, Math.floor(ROWS / beams));
    for (let from = 0; from < questions.length; from += most) {
      const chosen = questions.slice(from, from + most);
      const options = { beams, maxLength: answerLength };
      const answers = await generateTexts(forQuestions(step, chosen), chosen.length, options, tokenizer);
      for (const [i, question] of chosen.entries()) found[question] = answers[i]!;
    }
  }
  return found;
};

/** A list of answers in the order of their probabilities. */
export interface RankedList {
  answers: AnswerText[];
  /** Whether one of them is longer than the answers of the model. */
  truncated: boolean;
}

/** Ranks all answers of a list for each question; none is left out by its first token, so that every one has its probability. */
export const decodeByLists: Decode<readonly string[], RankedList> = async (
  step,
  lists,
  { answerLength, tokenizer },
) => {
  const choices = lists.map((list) => encodeAnswers(list, answerLength, tokenizer));
  const candidates = Math.max(...lists.map(({ length }) => length));
  const ranked = await rankTexts(step, choices, { candidates }, tokenizer);
  return ranked.map((answers, i) => ({ answers, truncated: choices[i]!.encoded.some(({ truncated }) => truncated) }));
};
