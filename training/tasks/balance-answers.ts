import { mostFrequentAnswer } from '../data/count-answers.js';
import type { QuestionRecord } from '../data/records.js';

/**
 * Repeats questions until each, by its text, is answered equally often with each of its answers (the most frequent one counts), so that the
 * text alone says nothing of the answer (Goyal et al. 2017 collected VQA v2 to that end). First all records in their order, then the
 * repeated ones; those of one text and answer take turns.
 */
export function balanceAnswers(records: readonly QuestionRecord[]): QuestionRecord[] {
  const byText = new Map<string, Map<string, QuestionRecord[]>>();
  for (const record of records) {
    const answer = mostFrequentAnswer(record.answers);
    if (answer === undefined) continue;
    const byAnswer = byText.get(record.question) ?? new Map<string, QuestionRecord[]>();
    byText.set(record.question, byAnswer);
    const group = byAnswer.get(answer) ?? [];
    byAnswer.set(answer, group);
    group.push(record);
  }
  const repeated = [...byText.values()].flatMap((byAnswer) => {
    const groups = [...byAnswer.values()];
    const most = Math.max(...groups.map(({ length }) => length));
    return groups.flatMap((group) =>
      Array.from({ length: most - group.length }, (_, i) => group[i % group.length] as QuestionRecord),
    );
  });
  return [...records, ...repeated];
}
