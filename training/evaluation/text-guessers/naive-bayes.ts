import { byFrequency, countLabels, type Guesser, gramsOf, type LabelledText } from './labelled-text.js';

/** Rarer labels are never guessed: large answer sets have long tails that cost time and tell nothing. */
const MOST_LABELS = 3000;
/** Added to every count. */
const SMOOTHING = 0.3;

/**
 * Multinomial naive Bayes over words and word pairs: argmax over labels of log p(label) + sum over grams of log p(gram | label), with
 * p(gram | label) = (count + a) / (total + a V) and V the known grams.
 */
export function fitNaiveBayes(examples: readonly LabelledText[]): Guesser {
  const frequencies = countLabels(examples);
  const labels = byFrequency(frequencies).slice(0, MOST_LABELS);
  const places = new Map(labels.map((label, i) => [label, i]));
  const totals = new Float64Array(labels.length);
  const counts = new Map<string, Map<number, number>>();
  for (const { text, label } of examples) {
    const place = places.get(label);
    if (place === undefined) continue;
    for (const gram of gramsOf(text)) {
      const row = counts.get(gram) ?? new Map<number, number>();
      counts.set(gram, row.set(place, (row.get(place) ?? 0) + 1));
      totals[place]!++;
    }
  }
  const priors = Float64Array.from(labels, (label) => Math.log(frequencies.get(label)!));
  const norms = totals.map((total) => Math.log(total + SMOOTHING * counts.size));
  return (text) => {
    const rows = gramsOf(text).flatMap((gram) => counts.get(gram) ?? []);
    // log a + log(1 + count / a): the first part is the same for all labels, the second only for grams seen with a label not 0.
    const scores = priors.map((prior, i) => prior - rows.length * norms[i]!);
    for (const row of rows) for (const [place, count] of row) scores[place]! += Math.log1p(count / SMOOTHING);
    return labels[scores.indexOf(Math.max(...scores))]!;
  };
}
