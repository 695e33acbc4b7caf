import { expect, test } from 'vitest';
import { cleanText } from '../../../training/data/clean-text.js';

const many = Array.from({ length: 40 }, (_, index) => `w${index}`);

test.each([
  ['albef', 'A Dog, on the right-hand side!', 'a dog on the right hand side'],
  ['albef', "It's a <person> and/or\n a cat .", 'its a person and or a cat'],
  ['albef', many.join(' '), many.slice(0, 30).join(' ')],
  ['albef', '?!', ''],
  ['none', '  A Dog,\n on  the Sofa. ', 'A Dog, on the Sofa.'],
  ['none', many.join(' '), many.join(' ')],
] as const)('%s: %j', (cleaning, text, want) => {
  expect(cleanText(text, cleaning)).toBe(want);
});
