import type { ModelConfig } from '../../model/maskvlm/config.js';

/** What a fine-tuning recipe takes from the run or bundle that it starts from, where it does not say it itself. */
export interface Inheritance {
  /** Sizes of the model. */
  model: ModelConfig;
  /** tokenizer.json. */
  tokenizer: string;
  image: { mean: readonly number[]; std: readonly number[] };
  /** Tokens that texts are cut to. */
  maxLength: number;
}

/** A recipe as it was written, with what is not in it taken from `inherited`. A model with a preset stands for itself. */
export function inheritRecipe(document: unknown, { model, tokenizer, image, maxLength }: Inheritance): unknown {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return document;
  const recipe = document as Record<string, Record<string, unknown> | undefined>;
  const own = recipe.model;
  // The table of positions follows the recipe's length of texts; it is fitted when the parameters are taken over.
  const { maxLength: _, ...text } = model.text;
  const sizes = { ...model, text };
  const inherits = own === undefined || (typeof own === 'object' && own?.preset === undefined);
  return {
    ...recipe,
    ...(inherits && {
      model: {
        ...sizes,
        ...own,
        image: { ...model.image, ...(own?.image as object) },
        text: { ...text, ...(own?.text as object) },
      },
    }),
    tokenizer: recipe.tokenizer ?? { file: tokenizer },
    image: { mean: image.mean, std: image.std, ...recipe.image },
    text: { maxLength, ...recipe.text },
  };
}
