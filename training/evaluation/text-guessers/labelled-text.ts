/** A question, statement or hypothesis with its answer or class. */
export interface LabelledText {
  text: string;
  label: string;
}

/** Tells a label from a text alone. */
export type Guesser = (text: string) => string;

/** Lower-case words, without punctuation. */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? [];
}

/** Words, and pairs of neighbours with the beginning and the end of the text as such. */
export function gramsOf(text: string): string[] {
  const words = wordsOf(text);
  const pairs = ['', ...words].map((word, i) => `${word} ${words[i] ?? ''}`);
  return [...words, ...pairs];
}

/** Labels by falling frequency; equally frequent ones in the order of their spelling. */
export function byFrequency(counts: ReadonlyMap<string, number>): string[] {
  const entries = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return entries.map(([label]) => label);
}

/** How often each label occurs. */
export function countLabels(examples: Iterable<LabelledText>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { label } of examples) counts.set(label, (counts.get(label) ?? 0) + 1);
  return counts;
}
