import { z } from 'zod';
import { MODEL_TASKS } from '../../model/maskvlm/parameters.js';
import { FORMAT_NAMES, RECORDS_OF_TASK, wrongKey } from '../data/formats.js';
import { OPERATOR_NAMES } from '../data/rand-augment/operators.js';
import { drops } from '../step/dropout.js';
import { numberOfGroup, PARAMETER_GROUPS, type ParameterGroup } from '../step/parameter-groups.js';
import { POSITION_RESAMPLINGS } from '../weights/resample-positions.js';
import { recipeError } from './recipe-error.js';

// The error text of every rule below is what the reader should have written: it becomes the `expected` of the recipe error.
const whole = (min: number) => {
  const error = `a whole number of at least ${min}`;
  return z.int({ error }).min(min, { error });
};
const number = (min: number, max = Number.MAX_VALUE) => {
  const error = max === Number.MAX_VALUE ? `a number of at least ${min}` : `a number from ${min} to ${max}`;
  return z.number({ error }).min(min, { error }).max(max, { error });
};
const positive = () => {
  const error = 'a number above 0';
  return z.number({ error }).positive({ error });
};
const text = () => z.string({ error: 'a text' }).min(1, { error: 'a text of at least one character' });
const flag = () => z.boolean({ error: 'true or false' });
const oneOf = <const T extends string>(...values: T[]) => z.enum(values, { error: `one of ${values.join(', ')}` });
const triple = (lowest: number) => {
  const error = `three numbers, each at least ${lowest}`;
  const part = z.number({ error }).min(lowest, { error });
  return z.tuple([part, part, part], { error });
};
const range = (min: number, max: number) => {
  const error = `two rising numbers, each from ${min} to ${max}`;
  const part = z.number({ error }).min(min, { error }).max(max, { error });
  return z.tuple([part, part], { error }).refine(([low, high]) => low <= high, { error });
};
/** A mapping that refuses unknown keys; as zod's message of an unknown key it lists the known ones. */
const section = <T extends z.core.$ZodLooseShape>(shape: T) => {
  const keys = Object.keys(shape).join(', ');
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? keys : `a mapping with keys out of ${keys}`),
  });
};

const tokenizer = section({
  file: text().optional(),
  vocabSize: whole(261).optional(),
  lowercase: flag().optional(),
  vocab: text().optional(),
  merges: text().optional(),
})
  .refine(({ vocab, merges }) => (vocab === undefined) === (merges === undefined), {
    error: 'vocab and merges together',
  })
  .refine(
    ({ file, vocabSize, vocab }) => [file, vocabSize, vocab].filter((value) => value !== undefined).length === 1,
    { error: 'either file, or vocab and merges, or vocabSize' },
  )
  .refine(({ vocabSize, lowercase }) => vocabSize !== undefined || lowercase === undefined, {
    error: 'lowercase only beside vocabSize (a tokenizer from files brings its own)',
  })
  .transform(({ file, vocabSize, lowercase, vocab, merges }) => {
    if (file !== undefined) return { file };
    return vocab !== undefined ? { vocab, merges: merges! } : { vocabSize: vocabSize!, lowercase: lowercase ?? true };
  });

const entry = (split: string) =>
  section({
    format: oneOf(...FORMAT_NAMES),
    annotations: text().optional(),
    questions: text().optional(),
    images: text().optional(),
    split: text().default(split),
    weight: positive().optional(),
    answerTypes: z.array(text()).min(1, { error: 'at least one type of answer' }).optional(),
    fraction: number(0.001, 1).optional(),
    limit: whole(1).optional(),
  });
const entries = (split: string) => z.array(entry(split), { error: 'a list of data entries' });

const data = section({
  train: entries('train')
    .min(1, { error: 'at least one data entry' })
    .refine((list) => new Set(list.map((one) => one.weight === undefined)).size === 1, {
      error: 'a weight on every entry or on none',
    }),
  val: entries('val').default([]),
  visit: oneOf('picture', 'caption').default('picture'),
  check: oneOf('decode', 'exists').default('decode'),
  maxSkippedShare: number(0, 1).default(0.01),
});

const augment = section({
  crop: section({ scale: range(0.01, 1).default([0.2, 1]), ratio: range(0.1, 10).default([3 / 4, 4 / 3]) })
    .nullable()
    .prefault({}),
  flip: oneOf('none', 'horizontal', 'dihedral').default('horizontal'),
  panels: whole(1).default(1),
  colour: number(0, 1).default(0),
  randAugment: section({
    operators: whole(1).default(2),
    level: number(0, 10).default(7),
    names: z
      .array(oneOf(...OPERATOR_NAMES))
      .min(1, { error: 'at least one operator' })
      .default([...OPERATOR_NAMES]),
  })
    .nullable()
    .default(null),
});

const masking = section({
  strategy: oneOf('one', 'both').default('one'),
  image: section({
    ratio: number(0.01, 1).default(0.6),
    unit: whole(1).default(2),
    channels: oneOf('mean', 'sum').default('mean'),
  }).prefault({}),
  text: section({ ratio: number(0.01, 1).default(0.3) }).prefault({}),
});

const itc = section({
  targets: oneOf('diagonal', 'caption').default('diagonal'),
  temperature: section({
    learned: flag().default(true),
    init: positive().default(0.07),
    min: positive().default(0.001),
    max: positive().default(0.5),
  })
    .refine(({ init, min, max }) => min <= init && init <= max, { error: 'min <= init <= max' })
    .prefault({}),
});

/** One number for all groups of parameters, and some of their own. */
function byGroup(one: z.ZodNumber, fallback: number) {
  const own = Object.fromEntries(PARAMETER_GROUPS.map((group) => [group, one.optional()])) as {
    [group in ParameterGroup]: z.ZodOptional<z.ZodNumber>;
  };
  return section({ default: one.default(fallback), ...own }).prefault({});
}
const optimizer = section({
  kind: oneOf('adamw', 'muon').default('adamw'),
  beta1: number(0, 0.9999999).default(0.9),
  beta2: number(0, 0.9999999).default(0.999),
  epsilon: positive().default(1e-8),
  momentum: number(0, 0.9999999).default(0.95),
  weightDecay: number(0).default(0.05),
  decayVectors: flag().default(false),
  clipNorm: positive().nullable().default(null),
  learningRates: byGroup(number(0), 3e-4),
  constantRates: z.array(oneOf(...PARAMETER_GROUPS), { error: 'a list of groups of parameters' }).default([]),
});

const schedule = section({
  steps: whole(1).optional(),
  epochs: whole(1).optional(),
  samplesPerEpoch: whole(1).optional(),
  batchSize: whole(1).default(32),
  textsPerPicture: whole(1).default(1),
  accumulate: whole(1).default(1),
  recompute: flag().default(false),
  warmupSteps: whole(0).default(0),
  warmupEpochs: number(0).optional(),
  finalRatio: number(0, 1).default(0.1),
})
  .refine(({ steps, epochs }) => (steps === undefined) !== (epochs === undefined), {
    error: 'either steps or epochs',
  })
  .refine(
    ({ epochs, warmupSteps, warmupEpochs = 0 }) => warmupEpochs <= (epochs ?? 0) && !(warmupEpochs && warmupSteps),
    {
      error: 'warmupEpochs beside at least as many epochs, and without warmupSteps',
    },
  );

const recipeSchema = section({
  name: z
    .string({ error: 'a name of letters, digits, dots, dashes' })
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, { error: 'a name of letters, digits, dots, dashes' }),
  task: oneOf(...MODEL_TASKS).default('pretrain'),
  seed: whole(0).default(1),
  model: z.union([text(), z.record(z.string(), z.unknown())], {
    error: 'a preset name or a mapping with preset; fine-tuning with --init may leave it out',
  }),
  tokenizer,
  text: section({ maxLength: whole(3).default(30), cleaning: oneOf('none', 'albef').default('none') }).prefault({}),
  image: section({
    mean: triple(0).default([0.5, 0.5, 0.5]),
    std: triple(0.001).default([0.5, 0.5, 0.5]),
  }).prefault({}),
  data,
  augment: augment.prefault({}),
  init: section({
    deviation: positive().default(0.02),
    positions: oneOf(...POSITION_RESAMPLINGS).default('pytorch'),
  }).prefault({}),
  masking: masking.prefault({}),
  losses: section({
    itc: flag().default(true),
    itm: flag().default(true),
    mlm: flag().default(true),
    mim: flag().default(true),
  })
    .refine((losses) => Object.values(losses).some(Boolean), { error: 'at least one loss that is true' })
    .prefault({}),
  dropout: byGroup(number(0, 0.99), 0),
  itc: itc.prefault({}),
  itm: section({ epsilon: number(0).default(0) }).prefault({}),
  answers: section({
    perQuestion: whole(1).default(10),
    maxLength: whole(2).default(10),
    singleWeight: positive().default(0.5),
    balanced: flag().default(false),
  }).prefault({}),
  optimizer: optimizer.prefault({}),
  schedule,
  loader: section({
    workers: whole(0).default(1),
    ahead: whole(1).default(4),
    cacheMiB: whole(0).default(512),
  }).prefault({}),
  log: section({ every: whole(1).default(10), tensorboard: flag().default(true) }).prefault({}),
  checkpoint: section({ every: whole(1).default(500), keepSteps: flag().default(false) }).prefault({}),
  evaluate: section({
    every: whole(1).default(500),
    limit: whole(1).nullable().default(null),
    candidates: whole(1).default(32),
  }).prefault({}),
  // Known by name alone: read-recipe.ts has put the extended recipe in its place.
  extends: z.undefined({ error: 'nothing but in a file (--set changes keys of the extended recipe)' }).optional(),
}).superRefine(({ task, data, losses, schedule, dropout }, context) => {
  for (const list of ['train', 'val'] as const) {
    for (const [index, one] of data[list].entries()) {
      const wrong = wrongKey(RECORDS_OF_TASK[task], one.format, one);
      if (wrong) context.addIssue({ code: 'custom', path: ['data', list, index, wrong.key], message: wrong.expected });
    }
  }
  const { textsPerPicture, batchSize, accumulate } = schedule;
  const refuse = (message: string) =>
    context.addIssue({ code: 'custom', path: ['schedule', 'textsPerPicture'], message });
  if (batchSize % textsPerPicture !== 0) refuse(`a divisor of the batch size, ${batchSize}`);
  if (textsPerPicture > 1 && RECORDS_OF_TASK[task] === 'pairs') {
    if (losses.itc || losses.itm || losses.mim) refuse('1 where itc, itm or mim is trained');
    if (accumulate > 1) refuse('1 where mlm accumulates');
  }
  if (accumulate > 1 && drops(dropout)) {
    context.addIssue({ code: 'custom', path: ['dropout'], message: '0 where batches are accumulated' });
  }
  if (task === 'retrieval' && (losses.mlm || losses.mim)) {
    const message = 'false for mlm and mim (the task retrieval trains itc and itm)';
    context.addIssue({ code: 'custom', path: ['losses'], message });
  }
});

/**
 * Fine-tuning for retrieval is by ITC and ITM alone, and every text of a picture is right for it (appendix A.1, ALBEF's retrieval model):
 * keys that another task has by default.
 */
function withTaskDefaults(input: unknown): unknown {
  const recipe = input as { task?: unknown; losses?: object; itc?: object } | null;
  if (typeof recipe !== 'object' || recipe?.task !== 'retrieval') return input;
  return {
    ...recipe,
    losses: { mlm: false, mim: false, ...recipe.losses },
    itc: { targets: 'caption', ...recipe.itc },
  };
}

/** A complete recipe: every default is filled in. Keys and defaults are explained in training/README.md, "Recipe keys". */
export type Recipe = z.output<typeof recipeSchema>;
/** One data set of a recipe, in the words of the command line's data flags. */
export type DataEntry = Recipe['data']['train'][number];

/**
 * Checks a recipe that was read from YAML and fills in its defaults. Throws an ExpectationError with the full path of the first
 * wrong key or value; an unknown key is answered with the known ones and the nearest of them.
 */
export function parseRecipe(input: unknown): Recipe {
  const result = recipeSchema.safeParse(withTaskDefaults(input));
  if (!result.success) throw recipeError(result.error, input);
  return result.data;
}

/** Samples of a step: those of all batches whose gradients are accumulated. */
export const samplesPerStep = ({ schedule }: Pick<Recipe, 'schedule'>): number =>
  schedule.batchSize * schedule.accumulate;

/** Peak learning rate of one group of parameters: its own, or else the default. */
export function learningRateOf(recipe: Recipe, group: ParameterGroup): number {
  return numberOfGroup(recipe.optimizer.learningRates, group);
}
