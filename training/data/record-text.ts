import { cleanText, type TextCleaning } from '../../model/tokenizer/text-cleaning.js';

/**
 * A text as a record keeps it: white space joined, otherwise as it is written, since the tokenizer cleans it; empty where cleaning leaves
 * nothing. With `albef`, a longer text is its first `maxWords` words after cleaning: that limit is part of reading, as no tokenizer counts
 * words.
 */
export function recordText(text: string, cleaning: TextCleaning, maxWords: number): string {
  const cleaned = cleanText(text, cleaning);
  const words = cleaned.split(' ');
  if (cleaning === 'albef' && words.length > maxWords) return words.slice(0, maxWords).join(' ');
  return cleaned && cleanText(text, 'none');
}
