import type { Tokenizer } from '../../model/tokenizer/tokenizer.js';
import type { AnswerTarget } from '../data/batches/question-batch.js';
import type { ItemSource, TrainingItem } from '../data/training-item.js';
import type { Recipe } from '../recipe/recipe.js';

/** Enough to notice what is common, and read in a blink. */
const LOOKED_AT = 2000;

const answersOf = ({ target }: TrainingItem): readonly string[] =>
  ((target as Partial<AnswerTarget> | null)?.answers ?? []).map(({ text }) => text);

/** Items spread evenly over all sources. */
function spread(sources: readonly ItemSource[]): TrainingItem[] {
  const items = sources.flatMap((source) => source.items);
  const stride = Math.max(1, Math.floor(items.length / LOOKED_AT));
  return items.filter((_, i) => i % stride === 0).slice(0, LOOKED_AT);
}

/**
 * Lines that say how many of some training texts and answers lose their end to `text.maxLength` and `answers.maxLength`: a vocabulary too
 * small for the words, or a length too short for the texts, would otherwise be seen only in what the model never learns. None where all fit.
 */
export function describeCutTexts(
  sources: readonly ItemSource[],
  { text, answers }: Pick<Recipe, 'text' | 'answers'>,
  tokenizer: Tokenizer,
): string[] {
  const items = spread(sources);
  const describe = (what: string, key: string, length: number, texts: readonly string[], most: number): string[] => {
    const cut = texts.filter((one) => tokenizer.encode(one, most).truncated);
    if (cut.length === 0) return [];
    const share = ((100 * cut.length) / texts.length).toFixed(1);
    return [
      `${share} % of the ${what} are longer than ${key} (${length} tokens) and cut, such as ${JSON.stringify(cut[0])}`,
    ];
  };
  return [
    ...describe(
      'texts',
      'text.maxLength',
      text.maxLength,
      items.flatMap(({ texts }) => texts),
      text.maxLength,
    ),
    // An answer is read from [START] on and written up to [END]: both are counted once.
    ...describe('answers', 'answers.maxLength', answers.maxLength, items.flatMap(answersOf), answers.maxLength + 1),
  ];
}
