import { byFrequency, type Guesser, type LabelledText, wordsOf } from './labelled-text.js';

/** Beginnings seen less often say nothing; a shorter one is taken. */
const LEAST_SEEN = 3;

/**
 * Guesses the most frequent label among training texts that begin with the same `words` words, of as many of them as were seen together
 * often enough: question types, found by counting. With no words it is the most frequent label; with Infinity the whole text counts.
 */
export function fitLeadingWords(examples: readonly LabelledText[], words: number): Guesser {
  const counts = new Map<string, Map<string, number>>();
  for (const { text, label } of examples) {
    for (const beginning of beginningsOf(text, words)) {
      const labels = counts.get(beginning) ?? new Map<string, number>();
      counts.set(beginning, labels.set(label, (labels.get(label) ?? 0) + 1));
    }
  }
  const best = new Map<string, string>();
  for (const [beginning, labels] of counts) {
    const seen = [...labels.values()].reduce((sum, count) => sum + count, 0);
    if (beginning === '' || seen >= LEAST_SEEN) best.set(beginning, byFrequency(labels)[0]!);
  }
  return (text) => best.get(beginningsOf(text, words).findLast((beginning) => best.has(beginning)) ?? '')!;
}

/** The first 0, 1, ... words. */
function beginningsOf(text: string, most: number): string[] {
  const words = wordsOf(text).slice(0, most);
  return [...words.keys(), words.length].map((n) => words.slice(0, n).join(' '));
}
