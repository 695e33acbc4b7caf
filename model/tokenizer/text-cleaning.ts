/** Ways to clean a text before it is tokenized; a recipe names one as `text.cleaning`. */
export type TextCleaning = 'none' | 'albef';

/** A normalizer of a Hugging Face tokenizer.json. */
export interface Normalizer {
  type: string;
  [setting: string]: unknown;
}

/** What replaces what in a text that is in lower case already, in order; patterns as JavaScript and Hugging Face both read them. */
type Replacements = readonly (readonly [pattern: string, content: string])[];

/** ALBEF's pre_caption (dataset/utils.py:20-39), all but its limit of 30 words: no normalizer can count. */
const ALBEF: Replacements = [
  [`[,.'!?"()*#:;~]`, ''],
  ['[-/]', ' '],
  ['<person>', 'person'],
  ['\\s+', ' '],
];

function normalizers(replacements: Replacements): Normalizer[] {
  const replace = ([pattern, content]: Replacements[number]) => ({
    type: 'Replace',
    pattern: { Regex: pattern },
    content,
  });
  const strip = { type: 'Strip', strip_left: true, strip_right: true };
  return [{ type: 'Lowercase' }, ...replacements.map(replace), strip];
}

const CLEANING = normalizers(ALBEF);

/**
 * A tokenizer's normalizer that cleans texts before it does what it did: whoever tokenizes with it, in training, evaluation or the
 * server, reads the same text. Returns `normalizer` itself where it cleans already, or where there is nothing to clean.
 */
export function withCleaning(normalizer: Normalizer | null, cleaning: TextCleaning): Normalizer | null {
  if (cleaning === 'none' || cleans(normalizer)) return normalizer;
  return { type: 'Sequence', normalizers: [...CLEANING, ...partsOf(normalizer)] };
}

/** A tokenizer's normalizer without what {@link withCleaning} put before it. */
export function withoutCleaning(normalizer: Normalizer | null): Normalizer | null {
  if (!cleans(normalizer)) return normalizer;
  const others = partsOf(normalizer).slice(CLEANING.length);
  return others.length > 0 ? { type: 'Sequence', normalizers: others } : null;
}

function partsOf(normalizer: Normalizer | null): Normalizer[] {
  const parts = normalizer?.type === 'Sequence' ? (normalizer.normalizers as Normalizer[]) : normalizer;
  return [parts ?? []].flat();
}

const cleans = (normalizer: Normalizer | null): boolean =>
  JSON.stringify(partsOf(normalizer).slice(0, CLEANING.length)) === JSON.stringify(CLEANING);

/** A text as {@link withCleaning} has it tokenized; `none` only joins white space. */
export function cleanText(text: string, cleaning: TextCleaning): string {
  if (cleaning === 'none') return text.replaceAll(/\s+/g, ' ').trim();
  const replace = (so: string, [pattern, content]: Replacements[number]) =>
    so.replaceAll(new RegExp(pattern, 'gu'), content);
  return ALBEF.reduce(replace, text.toLowerCase()).trim();
}
