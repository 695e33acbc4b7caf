import { expect, test } from 'vitest';
import { recordText } from '../../../training/data/record-text.js';

const words = (count: number) => Array.from({ length: count }, (_, index) => `W${index}.`).join(' ');

test.each([
  ['none', '  A Dog,\n on  the Sofa. ', 'A Dog, on the Sofa.'],
  ['none', words(40), words(40)],
  ['none', '?!', '?!'],
  ['albef', ' A Dog,\n on the right-hand side. ', 'A Dog, on the right-hand side.'],
  ['albef', words(30), words(30)],
  ['albef', words(31), words(30).toLowerCase().replaceAll('.', '')],
  ['albef', `${words(29)} one-two`, `${words(29)} one`.toLowerCase().replaceAll('.', '')],
  ['albef', '?!', ''],
] as const)('%s: %j', (cleaning, text, want) => {
  expect(recordText(text, cleaning, 30)).toBe(want);
});
