/** Each distinct answer with how often it was given, the most frequent first, the earliest of those that are as frequent. */
export function countAnswers(answers: readonly string[]): [answer: string, count: number][] {
  const counts = new Map<string, number>();
  for (const answer of answers) counts.set(answer, (counts.get(answer) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a);
}

/** The answer that was given most often, see {@link countAnswers}; undefined where there is none. */
export const mostFrequentAnswer = (answers: readonly string[]): string | undefined => countAnswers(answers)[0]?.[0];
