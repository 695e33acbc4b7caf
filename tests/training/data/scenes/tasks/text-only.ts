/** A sentence and its answer, without the picture. */
export interface Example {
  text: string;
  answer: string;
}

/** Who guesses from the words alone; each learns from examples and answers other sentences. */
export const GUESSERS: { [by: string]: (train: readonly Example[]) => (text: string) => string } = {
  sentence: (train) => guessByStart(train, [Number.POSITIVE_INFINITY, 4, 3, 2, 0]),
  start: (train) => guessByStart(train, [4, 3, 2, 0]),
  words: guessByWords,
};

/** The share of answers, in per cent, that the words alone give away to a guesser. */
export function textOnlyAccuracy(train: readonly Example[], val: readonly Example[], by: string): number {
  const guess = GUESSERS[by]!(train);
  return (100 * val.filter(({ text, answer }) => guess(text) === answer).length) / val.length;
}

/** Guesses the most frequent answer to what begins with the same words: as many of `lengths` as were seen twice. */
function guessByStart(train: readonly Example[], lengths: readonly number[]): (text: string) => string {
  const start = (text: string, words: number) => text.split(' ').slice(0, words).join(' ');
  const tables = lengths.map((words) => {
    const table = new Map<string, Map<string, number>>();
    for (const { text, answer } of train) {
      const counts = table.get(start(text, words)) ?? new Map<string, number>();
      table.set(start(text, words), counts.set(answer, (counts.get(answer) ?? 0) + 1));
    }
    return table;
  });
  const sum = (counts: Map<string, number>) => [...counts.values()].reduce((total, count) => total + count, 0);
  return (text) => {
    const found = lengths.map((words, i) => tables[i]!.get(start(text, words))).find((one) => one && sum(one) > 1)!;
    return [...found].reduce((best, one) => (one[1] > best[1] ? one : best))[0];
  };
}

/** Guesses by logistic regression over words and pairs of words, trained by AdaGrad. */
function guessByWords(train: readonly Example[]): (text: string) => string {
  const answers = [...new Set(train.map(({ answer }) => answer))];
  const weights = new Map<string, { value: Float64Array; squares: Float64Array }>();
  const empty = () => ({
    value: new Float64Array(answers.length),
    squares: new Float64Array(answers.length).fill(0.01),
  });
  const predict = (words: readonly string[]) => {
    const scores = new Float64Array(answers.length);
    for (const word of words) {
      weights.get(word)?.value.forEach((value, i) => {
        scores[i]! += value;
      });
    }
    const powers = scores.map((score) => Math.exp(score - Math.max(...scores)));
    const total = powers.reduce((sum, power) => sum + power, 0);
    return powers.map((power) => power / total);
  };
  for (let epoch = 0; epoch < 3; epoch++) {
    for (const { text, answer } of train) {
      const words = wordsOf(text);
      const gradient = predict(words).map((share, i) => share - Number(answers[i] === answer));
      for (const word of words) {
        const weight = weights.get(word) ?? empty();
        weights.set(word, weight);
        gradient.forEach((g, i) => {
          weight.squares[i]! += g * g;
          weight.value[i]! -= (0.1 * g) / Math.sqrt(weight.squares[i]!);
        });
      }
    }
  }
  return (text) => {
    const shares = predict(wordsOf(text));
    return answers[shares.indexOf(Math.max(...shares))]!;
  };
}

function wordsOf(text: string): string[] {
  const words = text.toLowerCase().match(/[a-z]+/g)!;
  return [...new Set([...words, ...words.slice(1).map((word, i) => `${words[i]} ${word}`)])];
}
