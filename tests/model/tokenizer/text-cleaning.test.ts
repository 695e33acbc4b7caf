import { Tokenizer } from '@huggingface/tokenizers';
import { describe, expect, test } from 'vitest';
import { byteLevelJson, captionNormalizer, SPECIAL_TOKENS } from '../../../model/tokenizer/byte-level-json.js';
import { cleanText, type Normalizer, withCleaning, withoutCleaning } from '../../../model/tokenizer/text-cleaning.js';

/** A text as a tokenizer with this normalizer sees it. */
function normalize(text: string, normalizer: Normalizer | null): string {
  const vocabulary = Object.fromEntries(SPECIAL_TOKENS.map((token, id) => [token, id]));
  const json = byteLevelJson({ vocabulary, merges: [], addPrefixSpace: true, normalizer });
  const tokenizer = new Tokenizer({ ...json, added_tokens: [] }, {});
  return tokenizer.normalizer?.normalize(text) ?? text;
}

describe('ALBEF’s cleaning', () => {
  test.each([
    ['A Dog, on the right-hand side!', 'a dog on the right hand side'],
    ["It's a <person> and/or\n a cat .", 'its a person and or a cat'],
    ['  (#1) "So?": a*b; c~d.  ', '1 so ab cd'],
    ['É–É ÀÇ', 'é–é àç'],
    ['a\t-\u00a0b', 'a b'],
    ['?!', ''],
  ])('%j is read as %j, in records and by the tokenizer', (text, want) => {
    expect(cleanText(text, 'albef')).toBe(want);
    expect(normalize(text, withCleaning(null, 'albef'))).toBe(want);
    expect(normalize(text, withCleaning(captionNormalizer(false), 'albef'))).toBe(want);
  });
});

test('no cleaning only joins white space', () => {
  expect(cleanText('  A Dog,\n on  the Sofa. ', 'none')).toBe('A Dog, on the Sofa.');
});

describe('a normalizer', () => {
  const lowercase = { type: 'Lowercase' };
  test.each<[string, Normalizer | null, number]>([
    ['none', null, 0],
    ['one', lowercase, 1],
    ['a sequence', { type: 'Sequence', normalizers: [lowercase, { type: 'NFC' }] }, 2],
  ])('%s keeps what it does behind the cleaning, and is cleaned once', (_name, normalizer, own) => {
    const cleaning = withCleaning(normalizer, 'albef')!;
    const steps = cleaning.normalizers as Normalizer[];
    expect(steps.slice(steps.length - own)).toEqual(own < 2 ? [normalizer].slice(0, own) : normalizer!.normalizers);
    expect(withCleaning(cleaning, 'albef')).toBe(cleaning);
    expect(withCleaning(normalizer, 'none')).toBe(normalizer);
  });

  test.each<[string, Normalizer | null, string]>([
    ['none', null, " It's  3:00. "],
    ['one', lowercase, " it's  3:00. "],
    ['that of captions', captionNormalizer(true), "it's 3:00."],
  ])('%s does without the cleaning what it did before', (_name, normalizer, want) => {
    expect(normalize(" It's  3:00. ", withoutCleaning(withCleaning(normalizer, 'albef')))).toBe(want);
    expect(withoutCleaning(normalizer)).toBe(normalizer);
  });
});
