import { drawTextMask } from '../../../model/masking/draw-masks.js';
import type { EncodedText, Tokenizer } from '../../../model/tokenizer/tokenizer.js';

/** Which tokens of a text are hidden: by their number among its words' tokens, or a share of them as a seed draws it. */
export type TextMask = { indexes: readonly number[] } | { ratio: number; seed: number };

/** A text whose pieces are asked for, some of them hidden behind the mask token. */
export interface SpelledText {
  text: string;
  mask: TextMask;
}

/** One token of a text, special ones left out: with a leading space where it begins a word. */
export interface TextPiece {
  text: string;
  masked: boolean;
}

function flagsOf(mask: TextMask, { inputIds }: EncodedText, { special }: Tokenizer): boolean[] {
  if ('ratio' in mask) return Array.from(drawTextMask(inputIds, special, mask.ratio, mask), Boolean).slice(1, -1);
  const hidden = new Set(mask.indexes);
  return inputIds.slice(1, -1).map((_, index) => hidden.has(index));
}

/** A text as the encoder takes it, and its pieces where they are asked for. */
export function readText(
  input: string | SpelledText,
  tokenizer: Tokenizer,
  maxLength: number,
): EncodedText & { pieces?: TextPiece[] } {
  if (typeof input === 'string') return tokenizer.encode(input, maxLength);
  const encoded = tokenizer.encode(input.text, maxLength);
  const flags = flagsOf(input.mask, encoded, tokenizer);
  const words = encoded.inputIds.slice(1, -1);
  return {
    // Start and end are the first and the last, and never hidden.
    inputIds: encoded.inputIds.map((id, at) => (flags[at - 1] ? tokenizer.special.mask : id)),
    truncated: encoded.truncated,
    pieces: words.map((id, index) => ({ text: tokenizer.tokenText(id), masked: flags[index]! })),
  };
}
