import { describe, expect, test } from 'vitest';
import { parseRecipe, type Recipe } from '../../../training/recipe/recipe.js';
import { learningRates, scheduleFactor, totalSteps, warmupStepsOf } from '../../../training/run/schedule.js';
import { PARAMETER_GROUPS } from '../../../training/step/parameter-groups.js';

const recipeWith = (changes: object): Recipe =>
  parseRecipe({
    name: 'r',
    model: 'tiny',
    tokenizer: { vocabSize: 300 },
    data: { train: [{ format: 'karpathy', annotations: 'a', images: 'b' }] },
    schedule: { steps: 11 },
    ...changes,
  });

describe('the factor of the learning rate', () => {
  test.each<[string, { steps: number; warmup: number; final: number; want: number[] }]>([
    [
      'rises linearly and falls by a cosine',
      {
        steps: 11,
        warmup: 2,
        final: 0.1,
        want: [0.5, 1, 1, 0.9657, 0.8682, 0.7222, 0.55, 0.3778, 0.2318, 0.1343, 0.1],
      },
    ],
    ['falls from the first step without warm-up', { steps: 3, warmup: 0, final: 0, want: [1, 0.5, 0] }],
    ['stays at 1 where it ends as it begins', { steps: 4, warmup: 1, final: 1, want: [1, 1, 1, 1] }],
    ['of a single step is the last one', { steps: 1, warmup: 0, final: 0.1, want: [0.1] }],
    ['of a single step with warm-up is 1', { steps: 1, warmup: 1, final: 0.1, want: [1] }],
    [
      'never falls when the warm-up takes the whole run',
      { steps: 4, warmup: 8, final: 0.1, want: [0.125, 0.25, 0.375, 0.5] },
    ],
    [
      'ends at the last ratio when one step follows the warm-up',
      { steps: 3, warmup: 2, final: 0.2, want: [0.5, 1, 0.2] },
    ],
  ])('%s', (_, { steps, warmup, final, want }) => {
    const got = want.map((_factor, step) => scheduleFactor(step, steps, warmup, final));
    for (const [step, factor] of want.entries()) expect(got[step], `step ${step}`).toBeCloseTo(factor, 4);
  });

  test('keeps the last ratio after the schedule has ended', () => {
    expect(scheduleFactor(50, 11, 2, 0.1)).toBeCloseTo(0.1, 12);
  });
});

describe('learning rates', () => {
  test('are each group its own peak times the same factor', () => {
    const recipe = recipeWith({
      schedule: { steps: 11, warmupSteps: 2 },
      optimizer: { learningRates: { default: 3e-4, image_encoder: 1e-5, itm_head: 0 } },
    });
    const rates = learningRates(recipe, 0, 11);
    const byGroup = Object.fromEntries(PARAMETER_GROUPS.map((group, i) => [group, rates[i]]));
    expect(byGroup.image_encoder).toBeCloseTo(0.5e-5, 10);
    expect(byGroup.text_encoder).toBeCloseTo(1.5e-4, 10);
    expect(byGroup.itm_head).toBe(0);
    expect(rates.length).toBe(PARAMETER_GROUPS.length);
  });

  test('of some groups stay at their peak where the recipe says so', () => {
    const learning = { default: 3e-4, image_encoder: 1e-5 };
    const optimizer = { learningRates: learning, constantRates: ['image_encoder'] };
    const recipe = recipeWith({ schedule: { steps: 11, warmupSteps: 2 }, optimizer });
    const at = (step: number) =>
      Object.fromEntries(PARAMETER_GROUPS.map((group, i) => [group, learningRates(recipe, step, 11)[i]!]));
    for (const step of [0, 5, 10]) expect(at(step).image_encoder).toBeCloseTo(1e-5, 10);
    expect(at(10).text_encoder).toBeCloseTo(3e-5, 10);
  });
});

test.each<[string, object, number]>([
  ['steps are taken as they are', { steps: 11 }, 11],
  ['epochs are rounded up to whole steps', { epochs: 2, batchSize: 7 }, 6],
])('%s', (_, schedule, want) => {
  expect(totalSteps(recipeWith({ schedule }), 20)).toBe(want);
});

test.each<[string, object, number]>([
  ['none unless it is asked for', { epochs: 30 }, 0],
  ['in steps', { steps: 100, warmupSteps: 7 }, 7],
  ['in epochs, as their share of the run', { epochs: 30, warmupEpochs: 5 }, 17],
  ['the whole run', { epochs: 5, warmupEpochs: 5 }, 100],
])('the warm-up is %s', (_, schedule, want) => {
  expect(warmupStepsOf(recipeWith({ schedule }), 100)).toBe(want);
});

test('rates rise over the epochs of the warm-up', () => {
  const recipe = recipeWith({
    schedule: { epochs: 10, warmupEpochs: 2 },
    optimizer: { learningRates: { default: 1 } },
  });
  const rates = [0, 9, 19, 99].map((step) => learningRates(recipe, step, 100)[0]);
  expect(rates.map((rate) => rate!.toFixed(2))).toEqual(['0.05', '0.50', '1.00', '0.10']);
});
