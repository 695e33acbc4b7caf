import type { DecoderStep } from '../../../model/answers/decoder-step.js';
import { generateAnswers } from '../../../model/answers/generate-answers.js';
import { rankAnswers } from '../../../model/answers/rank-answers.js';
import type { ModelContext } from './graph-codec.js';

/** Where answers come from: put together token by token, with so many beams (1 is greedy), or out of a list. */
export type Decoding = { beams: number } | { answers: readonly string[] };

export interface FoundAnswer {
  answer: string;
  /** Of all its tokens, the end included. */
  logProbability: number;
}

/** The answers to one question. */
export interface FoundAnswers {
  /** Best first: as many as there were beams at most, or all of the list. */
  answers: FoundAnswer[];
  /** Whether an answer of the list is longer than those that the model gives. */
  truncated: boolean;
}

/** Rows of the decoder in one run while answers are put together: each has a number for every known token. */
const ROWS = 256;

/** The decoder for some of the questions, which count from 0 there. */
const forQuestions =
  (step: DecoderStep, chosen: readonly number[]): DecoderStep =>
  (tokens) =>
    step({ ...tokens, questions: tokens.questions.map((question) => chosen[question]!) });

async function generate(
  step: DecoderStep,
  questions: readonly number[],
  beams: number,
  { answerLength, tokenizer }: ModelContext,
): Promise<FoundAnswers[]> {
  const options = { beams, maxLength: answerLength, special: tokenizer.special };
  const most = Math.max(1, Math.floor(ROWS / beams));
  const found: FoundAnswers[] = [];
  for (let from = 0; from < questions.length; from += most) {
    const chosen = questions.slice(from, from + most);
    for (const list of await generateAnswers(forQuestions(step, chosen), chosen.length, options)) {
      const answers = list.map(({ ids, logProbability }) => ({ answer: tokenizer.decode(ids).trim(), logProbability }));
      found.push({ answers, truncated: false });
    }
  }
  return found;
}

/** All answers of the lists are ranked, none left out by its first token: each one has its probability. */
async function rank(
  step: DecoderStep,
  questions: readonly number[],
  lists: readonly (readonly string[])[],
  { answerLength, tokenizer }: ModelContext,
): Promise<FoundAnswers[]> {
  const encoded = lists.map((list) => list.map((answer) => tokenizer.encode(answer, answerLength + 1)));
  const ids = encoded.map((list) => list.map(({ inputIds }) => inputIds));
  const candidates = Math.max(...lists.map(({ length }) => length));
  const ranked = await rankAnswers(forQuestions(step, questions), ids, { candidates, padId: tokenizer.special.pad });
  return ranked.map((order, i) => ({
    answers: order.map(({ index, logProbability }) => ({ answer: lists[i]![index]!, logProbability })),
    truncated: encoded[i]!.some(({ truncated }) => truncated),
  }));
}

/**
 * Answers questions, which the decoder knows by their places in `decodings`. Those that are decoded with as many beams share the decoder's
 * runs, and so do those whose answers are ranked.
 */
export async function decodeAnswers(
  step: DecoderStep,
  decodings: readonly Decoding[],
  context: ModelContext,
): Promise<FoundAnswers[]> {
  const generated = new Map<number, number[]>();
  const ranked: { question: number; list: readonly string[] }[] = [];
  for (const [question, decoding] of decodings.entries()) {
    if ('answers' in decoding) ranked.push({ question, list: decoding.answers });
    else generated.set(decoding.beams, [...(generated.get(decoding.beams) ?? []), question]);
  }
  const found: FoundAnswers[] = [];
  const put = (questions: readonly number[], answers: readonly FoundAnswers[]): void => {
    for (const [i, question] of questions.entries()) found[question] = answers[i]!;
  };
  for (const [beams, questions] of generated) put(questions, await generate(step, questions, beams, context));
  if (ranked.length > 0) {
    const questions = ranked.map(({ question }) => question);
    const lists = ranked.map(({ list }) => list);
    put(questions, await rank(step, questions, lists, context));
  }
  return found;
}
