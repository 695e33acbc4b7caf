import { createRng } from '../../../model/random.js';
import { byFrequency, countLabels, type Guesser, gramsOf, type LabelledText } from './labelled-text.js';

/** Rarer labels are never guessed: time and memory grow with each. */
const MOST_LABELS = 128;
/** Rarer grams are left out. */
const LEAST_SEEN = 2;
const EPOCHS = 6;
const LEARNING_RATE = 0.5;

/**
 * Softmax regression over words and word pairs: p(label | text) = softmax(bias + sum of the weights of the text's grams), by stochastic
 * gradient descent on the cross entropy. The order of the examples follows `seed`.
 */
export function fitLogisticRegression(examples: readonly LabelledText[], seed: number): Guesser {
  const labels = byFrequency(countLabels(examples)).slice(0, MOST_LABELS);
  const places = new Map(labels.map((label, i) => [label, i]));
  const numbers = numberGrams(examples);
  const gramsIn = (text: string) => Int32Array.from(new Set(gramsOf(text).flatMap((gram) => numbers.get(gram) ?? [])));
  const known = examples.flatMap(({ text, label }) => {
    const place = places.get(label);
    return place === undefined ? [] : [{ grams: gramsIn(text), place }];
  });

  const model = createModel(numbers.size, labels.length);
  const scores = new Float64Array(labels.length);
  const rng = createRng('logistic-regression', seed);
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    for (const { grams, place } of rng.shuffle(known)) {
      model.score(grams, scores);
      softmax(scores);
      scores[place]! -= 1; // p - onehot: the gradient of the cross entropy
      model.descend(grams, scores);
    }
  }
  return (text) => {
    model.score(gramsIn(text), scores);
    return labels[scores.indexOf(Math.max(...scores))]!;
  };
}

/** A linear model with a row of weights [C] for each of `grams` grams, and one for the bias. */
function createModel(grams: number, C: number) {
  const weights = new Float32Array((grams + 1) * C);
  // AdaGrad with one step size a row: rare grams take larger steps than frequent ones.
  const squares = new Float64Array(grams + 1).fill(Number.EPSILON);
  return {
    score(rows: Int32Array, out: Float64Array): void {
      out.set(weights.subarray(grams * C));
      for (const row of rows) for (let c = 0, at = row * C; c < C; c++) out[c]! += weights[at + c]!;
    },
    descend(rows: Int32Array, gradient: Float64Array): void {
      const norm = gradient.reduce((sum, g) => sum + g * g, 0);
      for (const row of [grams, ...rows]) {
        squares[row]! += norm;
        const step = LEARNING_RATE / Math.sqrt(squares[row]!);
        for (let c = 0, at = row * C; c < C; c++) weights[at + c]! -= step * gradient[c]!;
      }
    },
  };
}

/** Numbers the grams that were seen often enough, from 0. */
function numberGrams(examples: readonly LabelledText[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { text } of examples) for (const gram of gramsOf(text)) counts.set(gram, (counts.get(gram) ?? 0) + 1);
  const frequent = [...counts].filter(([, count]) => count >= LEAST_SEEN);
  return new Map(frequent.map(([gram], i) => [gram, i]));
}

/** In place. */
function softmax(scores: Float64Array): void {
  const top = Math.max(...scores);
  let sum = 0;
  for (const [c, score] of scores.entries()) {
    scores[c] = Math.exp(score - top);
    sum += scores[c]!;
  }
  for (let c = 0; c < scores.length; c++) scores[c]! /= sum;
}
