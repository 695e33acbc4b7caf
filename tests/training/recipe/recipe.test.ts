import { describe, expect, test } from 'vitest';
import { OPERATOR_NAMES } from '../../../training/data/rand-augment/operators.js';
import { learningRateOf, parseRecipe } from '../../../training/recipe/recipe.js';

const entry = { format: 'karpathy', annotations: '/data/captions.json', images: '/data/images' };
/** Masked words are all that is learned. */
const WORDS = { itc: false, itm: false, mlm: true, mim: false };
const minimal = {
  name: 'small',
  model: 'tiny',
  tokenizer: { vocabSize: 1000 },
  data: { train: [entry] },
  schedule: { steps: 10 },
};

describe('defaults', () => {
  test('a minimal recipe gets the paper’s masking and optimizer, and all four losses', () => {
    const recipe = parseRecipe(minimal);
    expect(recipe).toMatchObject({
      task: 'pretrain',
      masking: { strategy: 'one', image: { ratio: 0.6, unit: 2 }, text: { ratio: 0.3 } },
      losses: { itc: true, itm: true, mlm: true, mim: true },
      optimizer: { beta1: 0.9, beta2: 0.999, weightDecay: 0.05, clipNorm: null },
      schedule: { steps: 10, batchSize: 32, finalRatio: 0.1 },
      tokenizer: { vocabSize: 1000, lowercase: true },
    });
    expect(recipe.data.train[0]!.split).toBe('train');
  });

  test('a complete recipe stays as it is', () => {
    const recipe = parseRecipe(minimal);
    expect(parseRecipe(recipe)).toEqual(recipe);
  });

  test.each([{ file: 'a' }, { vocab: 'a', merges: 'b' }, { vocabSize: 300, lowercase: false }])(
    'a tokenizer is %j',
    (tokenizer) => {
      expect(parseRecipe({ ...minimal, tokenizer }).tokenizer).toEqual(tokenizer);
    },
  );

  test('a group without a learning rate takes the default', () => {
    const optimizer = { learningRates: { default: 2e-4, image_encoder: 1e-5 } };
    const recipe = parseRecipe({ ...minimal, optimizer });
    expect(learningRateOf(recipe, 'image_encoder')).toBe(1e-5);
    expect(learningRateOf(recipe, 'itm_head')).toBe(2e-4);
  });

  test('a null crop turns cropping off, a part of a crop keeps the other default', () => {
    expect(parseRecipe({ ...minimal, augment: { crop: null } }).augment.crop).toBeNull();
    expect(parseRecipe({ ...minimal, augment: { crop: { scale: [0.5, 1] } } }).augment.crop).toEqual({
      scale: [0.5, 1],
      ratio: [3 / 4, 4 / 3],
    });
  });
});

describe('RandAugment', () => {
  const randAugmentOf = (augment: object) => parseRecipe({ ...minimal, augment }).augment.randAugment;

  test('is off unless the recipe names it, and then has ALBEF’s numbers', () => {
    expect(parseRecipe(minimal).augment.randAugment).toBeNull();
    expect(randAugmentOf({ randAugment: null })).toBeNull();
    expect(randAugmentOf({ randAugment: {} })).toEqual({ operators: 2, level: 7, names: OPERATOR_NAMES });
    expect(randAugmentOf({ randAugment: { level: 5, names: ['rotate'] } })).toEqual({
      operators: 2,
      level: 5,
      names: ['rotate'],
    });
  });

  test.each([
    [{ level: 11 }, 'recipe augment.randAugment.level: expected a number from 0 to 10, got 11'],
    [{ operators: 0 }, 'recipe augment.randAugment.operators: expected a whole number of at least 1, got 0'],
    [{ levels: 7 }, 'got "augment.randAugment.levels" (did you mean "augment.randAugment.level"?)'],
    [
      { names: ['rotat'] },
      'recipe augment.randAugment.names.0: expected one of identity, autoContrast, equalize, brightness',
    ],
    [{ names: [] }, 'recipe augment.randAugment.names: expected at least one operator, got []'],
    [true, 'recipe augment.randAugment: expected a mapping with keys out of operators, level, names, got true'],
  ])('%j is refused', (randAugment, message) => {
    expect(() => randAugmentOf({ randAugment })).toThrow(message);
  });
});

describe('errors name the key, what was expected and what was found', () => {
  const { schedule: _, ...unscheduled } = minimal;
  test.each<[string, unknown, string]>([
    ['an unknown key at the top', { ...minimal, sed: 1 }, 'recipe: expected one of name, task, seed,'],
    ['with the nearest known one', { ...minimal, sed: 1 }, 'got "sed" (did you mean "seed"?)'],
    [
      'an unknown key inside, with its path',
      { ...minimal, optimizer: { weight_decay: 0.1 } },
      'got "optimizer.weight_decay" (did you mean "optimizer.weightDecay"?)',
    ],
    [
      'an unknown key of a list item',
      { ...minimal, data: { train: [{ ...entry, anotations: 'x' }] } },
      'got "data.train.0.anotations" (did you mean "data.train.0.annotations"?)',
    ],
    ['an unknown key far from all', { ...minimal, zzzzzzzz: 1 }, 'got "zzzzzzzz"'],
    ['a misspelt section before its absence', { ...unscheduled, shedule: { steps: 1 } }, 'did you mean "schedule"?'],
    ['an unknown group', { ...minimal, optimizer: { learningRates: { imageEncoder: 1 } } }, 'image_encoder"?)'],
    ['a missing key', unscheduled, 'recipe schedule: expected a mapping with keys out of steps, epochs'],
    ['a missing data set', { ...minimal, data: {} }, 'recipe data.train: expected a list of data entries, got nothing'],
    ['no data set', { ...minimal, data: { train: [] } }, 'recipe data.train: expected at least one data entry, got []'],
    ['a wrong type', { ...minimal, seed: 'one' }, 'recipe seed: expected a whole number of at least 0, got "one"'],
    [
      'a value out of range',
      { ...minimal, masking: { image: { ratio: 1.5 } } },
      'recipe masking.image.ratio: expected',
    ],
    ['a misspelt word', { ...minimal, augment: { flip: 'horisontal' } }, '(did you mean "horizontal"?)'],
    ['an unknown format', { ...minimal, data: { train: [{ ...entry, format: 'karpaty' }] } }, 'one of karpathy'],
    [
      'a format without its files',
      { ...minimal, data: { train: [{ format: 'coco', annotations: 'a' }] } },
      'recipe data.train.0.images: expected a path (the format coco needs it), got nothing',
    ],
    [
      'files that the format ignores',
      { ...minimal, data: { train: [entry], val: [{ ...entry, questions: 'q.json' }] } },
      'recipe data.val.0.questions: expected nothing (the format karpathy has no use for it), got "q.json"',
    ],
    [
      'a format of another task',
      { ...minimal, data: { train: [entry], val: [{ ...entry, format: 'nlvr2' }] } },
      'recipe data.val.0.format: expected one of karpathy, coco, flickr30k, vqa2, visual-genome, nlvr1, snli-ve, albef, tsv, webdataset, imagefolder (which give pairs), got "nlvr2"',
    ],
    [
      'a misspelt format',
      { ...minimal, data: { train: [{ ...entry, format: 'web-datasets' }] } },
      '(did you mean "webdataset"?)',
    ],
    ['steps and epochs', { ...minimal, schedule: { steps: 1, epochs: 1 } }, 'expected either steps or epochs'],
    [
      'a warm-up in epochs of a run in steps',
      { ...minimal, schedule: { steps: 1, warmupEpochs: 1 } },
      'recipe schedule: expected warmupEpochs beside at least as many epochs, and without warmupSteps',
    ],
    [
      'a warm-up longer than the run',
      { ...minimal, schedule: { epochs: 4, warmupEpochs: 5 } },
      'warmupEpochs beside at least as many epochs',
    ],
    ['two warm-ups', { ...minimal, schedule: { epochs: 4, warmupEpochs: 1, warmupSteps: 1 } }, 'without warmupSteps'],
    [
      'texts of a picture that do not fill the batch',
      { ...minimal, losses: WORDS, schedule: { steps: 1, batchSize: 8, textsPerPicture: 3 } },
      'recipe schedule.textsPerPicture: expected a divisor of the batch size, 8, got 3',
    ],
    [
      'several texts of a picture that are compared',
      { ...minimal, losses: { ...WORDS, itc: true }, schedule: { steps: 1, textsPerPicture: 2 } },
      'recipe schedule.textsPerPicture: expected 1 where itc, itm or mim is trained, got 2',
    ],
    [
      'several texts of a picture over several batches',
      { ...minimal, losses: WORDS, schedule: { steps: 1, accumulate: 2, textsPerPicture: 2 } },
      'recipe schedule.textsPerPicture: expected 1 where mlm accumulates, got 2',
    ],
    [
      'dropout over several batches',
      { ...minimal, dropout: { text_encoder: 0.1 }, schedule: { steps: 1, accumulate: 2 } },
      'recipe dropout: expected 0 where batches are accumulated',
    ],
    [
      'dropout of everything',
      { ...minimal, dropout: { default: 1 } },
      'dropout.default: expected a number from 0 to 0.99',
    ],
    ['neither', { ...minimal, schedule: {} }, 'recipe schedule: expected either steps or epochs'],
    [
      'two tokenizers',
      { ...minimal, tokenizer: { file: 'a', vocabSize: 300 } },
      'either file, or vocab and merges, or vocabSize',
    ],
    [
      'a vocabulary alone',
      { ...minimal, tokenizer: { vocab: 'a' } },
      'recipe tokenizer: expected vocab and merges together',
    ],
    [
      'three tokenizers',
      { ...minimal, tokenizer: { vocab: 'a', merges: 'b', vocabSize: 300 } },
      'either file, or vocab and merges, or vocabSize',
    ],
    ['no tokenizer', { ...minimal, tokenizer: {} }, 'either file, or vocab and merges, or vocabSize'],
    [
      'lower case of a file',
      { ...minimal, tokenizer: { vocab: 'a', merges: 'b', lowercase: true } },
      'lowercase only beside vocabSize',
    ],
    ['an unknown interpolation', { ...minimal, init: { positions: 'tim' } }, 'one of pytorch, timm'],
    ['falling range', { ...minimal, augment: { crop: { scale: [1, 0.2] } } }, 'two rising numbers'],
    ['a temperature outside', { ...minimal, itc: { temperature: { init: 0.9 } } }, 'min <= init <= max'],
    ['no loss', { ...minimal, losses: { itc: false, itm: false, mlm: false, mim: false } }, 'at least one loss'],
    ['half of the weights', { ...minimal, data: { train: [entry, { ...entry, weight: 2 }] } }, 'a weight on every'],
    ['a model that is neither', { ...minimal, model: 3 }, 'recipe model: expected a preset name or a mapping'],
    ['an empty file', null, 'recipe: expected a mapping with keys out of name, task'],
  ])('%s', (_name, input, message) => {
    expect(() => parseRecipe(input)).toThrow(message);
  });
});
