import { describe, expect, test } from 'vitest';
import { jsonErrorOffset } from '../../../training/data/json-error-offset.js';

// The text before the mark is fine, what stands behind it is not.
test.each([
  '{"a": 1, "b": [1, 2^}]',
  '{"a": 1 ^"b": 2}',
  '{"a": ^}',
  '{"a"^, 1}',
  '{^a: 1}',
  '{"a": 1, ^}',
  '{^1: 2}',
  '[1, ^]',
  '[^, 1]',
  '[1] ^2',
  '^]',
  '[^tru]',
  '[0^1]',
  '["a", ^"\\x"]',
  '["a", ^"line\nbreak"]',
  '[{"a": [null, true, -1.5e-3, "\\u00e9\\""]}, ^NaN]',
  '["never closed", ^"so',
  '{"a": [1^',
  '^',
])('%s', (marked) => {
  const text = marked.replace('^', '');
  expect(() => JSON.parse(text)).toThrow();
  expect(jsonErrorOffset(text)).toBe(marked.indexOf('^'));
});

describe('what is JSON has no error before its end', () => {
  test.each(['{}', '[]', '[[], {}, {"a": {}}]', ' "\u007f\u00a0" ', '-0.5E+7', '{"\\"": [1, {"b": null}]}'])(
    '%s',
    (text) => {
      JSON.parse(text);
      expect(jsonErrorOffset(text)).toBe(text.length);
    },
  );
});
