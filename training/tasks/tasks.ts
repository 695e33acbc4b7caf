import type { ModelTask } from '../../model/maskvlm/parameters.js';
import type { RecordKind } from '../data/records.js';
import { entailment } from '../objectives/entailment.js';
import { maskedWords } from '../objectives/masked-words.js';
import { picturePairs } from '../objectives/picture-pairs.js';
import { pretraining } from '../objectives/pretraining.js';
import { questionAnswering } from '../objectives/question-answering.js';
import type { Recipe } from '../recipe/recipe.js';
import { entailmentSamples, nlvr2Samples, vqaSamples } from '../report/answer-samples.js';
import { searchSamples } from '../report/search-samples.js';
import { balanceAnswers } from './balance-answers.js';
import { createPairItems, hypothesisItems, questionItems, statementItems } from './items.js';
import { pretrainingSettings } from './pretraining-settings.js';
import { readRunData } from './read-run-data.js';
import type { RecordRules, Task } from './task.js';
import { hypothesisTexts, questionTexts, statementTexts } from './text-only.js';
import { validateEntailment, validateNlvr2, validateRetrieval, validateVqa } from './validate.js';

const task = <K extends RecordKind>(rules: RecordRules<K>, rest: Omit<Task, 'read'>): Task => ({
  ...rest,
  read: (recipe) => readRunData(recipe, rules),
});
const stepSize = ({ schedule, text }: Recipe) => ({
  batch: schedule.batchSize,
  textsPerPicture: schedule.textsPerPicture,
  length: text.maxLength,
});

const trainsWordsAlone = ({ losses }: Recipe) => losses.mlm && !(losses.itc || losses.itm || losses.mim);

const pairs = task(
  {
    records: 'pairs',
    items: createPairItems,
    corpus: ({ texts }) => texts,
    validate: validateRetrieval,
    samples: searchSamples,
  },
  {
    batches: 'pairs',
    forward: (recipe, config, special) => (root) =>
      trainsWordsAlone(recipe)
        ? maskedWords(root, config, { ...stepSize(recipe), maskId: special.mask })
        : pretraining(root, config, pretrainingSettings(recipe, special.mask, 'sampled')),
    pairs: (recipe, special) => pretrainingSettings(recipe, special.mask, 'sampled'),
  },
);

/** Everything that can be trained (sections 3.2 and 4.1): a row each, in one loop. */
export const TASKS: Readonly<Record<ModelTask, Task>> = {
  pretrain: pairs,
  retrieval: pairs,
  vqa: task(
    {
      records: 'questions',
      items:
        ({ answers }) =>
        (records) =>
          questionItems(records, answers.singleWeight),
      learned:
        ({ answers }) =>
        (records) =>
          answers.balanced ? balanceAnswers(records) : records,
      corpus: ({ question, answers }) => [question, ...new Set(answers)],
      validate: validateVqa,
      textOnly: questionTexts,
      samples: (model, records, { answers }, options) => vqaSamples(model, records, answers.maxLength, options),
    },
    {
      batches: 'questions',
      forward: (recipe, config) => (root) => {
        const { perQuestion, maxLength } = recipe.answers;
        return questionAnswering(root, config, {
          ...stepSize(recipe),
          answers: perQuestion,
          answerLength: maxLength,
        });
      },
    },
  ),
  nlvr2: task(
    {
      records: 'statements',
      items: () => statementItems,
      corpus: ({ sentence }) => [sentence],
      validate: validateNlvr2,
      textOnly: statementTexts,
      samples: (model, records, _, options) => nlvr2Samples(model, records, options),
    },
    { batches: 'labels', forward: (recipe, config) => (root) => picturePairs(root, config, stepSize(recipe)) },
  ),
  ve: task(
    {
      records: 'hypotheses',
      items: () => hypothesisItems,
      corpus: ({ hypothesis }) => [hypothesis],
      validate: validateEntailment,
      textOnly: hypothesisTexts,
      samples: (model, records, _, options) => entailmentSamples(model, records, options),
    },
    { batches: 'labels', forward: (recipe, config) => (root) => entailment(root, config, stepSize(recipe)) },
  ),
};
