/** Ways to clean a text before it is tokenized; a recipe names one as `text.cleaning`. */
export type TextCleaning = 'none' | 'albef';

const MAX_WORDS = 30;

/**
 * Cleans one text. `none` only collapses white space. `albef` is ALBEF's pre_caption (dataset/utils.py:20-39): lower case, no
 * punctuation, dashes and slashes as spaces, at most 30 words.
 */
export function cleanText(text: string, cleaning: TextCleaning): string {
  const cleaned = cleaning === 'albef' ? albef(text) : text;
  const words = cleaned.split(/\s+/).filter(Boolean);
  return (cleaning === 'albef' ? words.slice(0, MAX_WORDS) : words).join(' ');
}

function albef(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[,.'!?"()*#:;~]/g, '')
    .replaceAll(/[-/]/g, ' ')
    .replaceAll('<person>', 'person');
}
