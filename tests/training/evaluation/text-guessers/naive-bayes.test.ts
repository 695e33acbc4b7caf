import { expect, test } from 'vitest';
import { createRng } from '../../../../model/random.js';
import { gramsOf } from '../../../../training/evaluation/text-guessers/labelled-text.js';
import { fitNaiveBayes } from '../../../../training/evaluation/text-guessers/naive-bayes.js';

test('guesses the label of the highest posterior, by the definition', () => {
  const rng = createRng('naive-bayes');
  const words = 'is there a red green blue cube ball left right of the'.split(' ');
  const text = () => Array.from({ length: 1 + rng.int(5) }, () => rng.pick(words)).join(' ');
  const examples = Array.from({ length: 60 }, () => ({ text: text(), label: rng.pick(['yes', 'no', 'red', 'yes']) }));
  const known = new Set(examples.flatMap((example) => gramsOf(example.text)));
  const posterior = (label: string, grams: string[]) => {
    const own = examples.filter((example) => example.label === label);
    const bag = own.flatMap((example) => gramsOf(example.text));
    const likelihood = (gram: string) =>
      (bag.filter((other) => other === gram).length + 0.3) / (bag.length + 0.3 * known.size);
    return grams.reduce((sum, gram) => sum + Math.log(likelihood(gram)), Math.log(own.length / examples.length));
  };
  const guess = fitNaiveBayes(examples);
  for (let i = 0; i < 40; i++) {
    const [asked, grams] = [text(), (t: string) => gramsOf(t).filter((gram) => known.has(gram))];
    const scores = ['yes', 'no', 'red'].map((label) => ({ label, score: posterior(label, grams(asked)) }));
    const best = scores.reduce((a, b) => (b.score > a.score ? b : a));
    expect(guess(asked), asked).toBe(best.label);
  }
  expect(guess('unheard words alone')).toBe('yes');
});
