import { cleanText, type TextCleaning } from '../../model/tokenizer/text-cleaning.js';

/** ALBEF takes no more words of a caption (dataset/utils.py:3-39). */
const MAX_WORDS = 30;

/**
 * A caption as a record keeps it: white space joined, otherwise as it is written, since the tokenizer cleans it; empty where cleaning leaves
 * nothing. With `albef`, a caption of over 30 words is its first 30 after cleaning: that limit is part of reading, as no tokenizer counts words.
 */
export function captionText(text: string, cleaning: TextCleaning): string {
  const cleaned = cleanText(text, cleaning);
  const words = cleaned.split(' ');
  if (cleaning === 'albef' && words.length > MAX_WORDS) return words.slice(0, MAX_WORDS).join(' ');
  return cleaned && cleanText(text, 'none');
}
