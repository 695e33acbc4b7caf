import { expect } from '../../model/errors.js';
import { type ExampleId, matchPredictions } from './match-predictions.js';
import { normalizeAnswer, trimAnswer } from './vqa-answer.js';

/** A question with what people answered (ten of them in VQA v2), unprocessed. */
export interface VqaQuestion {
  questionId: ExampleId;
  answers: readonly string[];
  answerType?: string | undefined;
  questionType?: string | undefined;
}

/** Percentages in [0, 100], rounded to hundredths as the official script does. */
export interface VqaAccuracy {
  questions: number;
  accuracy: number;
  /** Over the questions that state their type; the same for question types. */
  perAnswerType: Record<string, number>;
  perQuestionType: Record<string, number>;
}

/**
 * Official VQA v2 accuracy of one answer per question, in the order and with the quirks of the published script (vqaEval.py).
 * Throws where a question is without a prediction, a prediction without a question or an id comes twice, or a question has no answers.
 */
export function vqaAccuracy(
  questions: readonly VqaQuestion[],
  predictions: ReadonlyMap<ExampleId, string>,
): VqaAccuracy {
  const all = createMean();
  const [answerTypes, questionTypes] = [new Map<string, Mean>(), new Map<string, Mean>()];
  const matched = matchPredictions('question', questions, ({ questionId }) => questionId, predictions);
  for (const { example, prediction } of matched) {
    const { questionId, answers, answerType, questionType } = example;
    expect(answers.length > 0, `answers of question ${questionId}`, 'at least one (VQA v2 has 10)', answers.length);
    const accuracy = answerAccuracy(answers, prediction);
    all.add(accuracy);
    if (answerType !== undefined) meanOf(answerTypes, answerType).add(accuracy);
    if (questionType !== undefined) meanOf(questionTypes, questionType).add(accuracy);
  }
  const percentages = (means: Map<string, Mean>) =>
    Object.fromEntries([...means].map(([type, mean]) => [type, mean.percent()]));
  return {
    questions: questions.length,
    accuracy: all.percent(),
    perAnswerType: percentages(answerTypes),
    perQuestionType: percentages(questionTypes),
  };
}

/**
 * Accuracy in [0, 1] of one prediction: min(1, matches among the other people's answers / 3), averaged over leaving each person out, so
 * that one match of ten gives 0.3, two 0.6, three 0.9 and four 1. Only where people disagree are answers normalised. The only answer of a
 * question (Visual Genome), which the script cannot compare with others, is matched or not.
 */
function answerAccuracy(answers: readonly string[], prediction: string): number {
  const trimmed = answers.map(trimAnswer);
  const unanimous = trimmed.every((answer) => answer === trimmed[0]);
  const compared = unanimous ? trimmed : trimmed.map(normalizeAnswer);
  const predicted = unanimous ? trimAnswer(prediction) : normalizeAnswer(trimAnswer(prediction));
  const matches = compared.filter((answer) => answer === predicted).length;
  if (answers.length === 1) return matches;
  // Those who gave the predicted answer leave one match fewer behind. Counted in thirds, so that 3 of 10 is 0.9 exactly.
  const thirds = matches * Math.min(3, matches - 1) + (answers.length - matches) * Math.min(3, matches);
  return thirds / (3 * answers.length);
}

type Mean = ReturnType<typeof createMean>;

function createMean() {
  let [sum, count] = [0, 0];
  return {
    add(value: number): void {
      sum += value;
      count++;
    },
    percent: (): number => Number(((100 * sum) / count).toFixed(2)),
  };
}

function meanOf(means: Map<string, Mean>, type: string): Mean {
  const mean = means.get(type) ?? createMean();
  means.set(type, mean);
  return mean;
}
