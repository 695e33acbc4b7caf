import { describe, expect, test } from 'vitest';
import type { Tokenizer } from '../../../model/tokenizer/tokenizer.js';
import { spellTokens, transferRows } from '../../../training/weights/transfer-tokens.js';

const SPECIAL = ['<s>', '<pad>', '</s>', '<unk>', '<mask>'];

/** A vocabulary of these tokens behind the special ones; '' stands for an id that it skips. */
function vocabulary(texts: readonly string[], special: readonly string[] = SPECIAL): Tokenizer {
  const tokens = [...special, ...texts];
  return {
    vocabularySize: tokens.length,
    special: { start: 0, pad: 1, end: 2, unknown: 3, mask: 4 },
    encode: () => ({ inputIds: [], truncated: false }),
    encodeAnswer: () => ({ inputIds: [], truncated: false }),
    decode: () => '',
    tokenText(id) {
      if (!tokens[id]) throw new RangeError(`token ${id}`);
      return tokens[id];
    },
  };
}

/** Only what comes behind the special tokens. */
const spell = (from: readonly string[], to: readonly string[]) =>
  spellTokens(vocabulary(from), vocabulary(to)).slice(SPECIAL.length);

describe('spellTokens', () => {
  test.each<[string, string[], string[], number[][]]>([
    ['the same token', ['a', ' red'], [' red', 'a'], [[6], [5]]],
    [
      'the longest pieces from the front',
      ['m', ' m', ' mat', 'erial', 'e'],
      [' material', 'mm'],
      [
        [7, 8],
        [5, 5],
      ],
    ],
    ['nothing where a letter is missing', ['a', 'b'], ['abc'], [[]]],
    ['nothing for bytes that are no text', ['\ufffd', 'a'], ['\ufffd', 'a'], [[], [6]]],
    ['nothing for an id that is skipped', ['a'], ['', 'a'], [[], [5]]],
    ['the first of equal ones', ['a', 'a'], ['a'], [[5]]],
  ])('finds %s', (_name, from, to, rows) => {
    expect(spell(from, to)).toEqual(rows);
  });

  test('takes special tokens by what they are for, whatever they are called', () => {
    const bert = vocabulary([], ['[CLS]', '[PAD]', '[SEP]', '[UNK]', '[MASK]']);
    expect(spellTokens(bert, vocabulary([]))).toEqual([[0], [1], [2], [3], [4]]);
  });
});

describe('transferRows', () => {
  test('gives a token the mean of the rows that spell it, and leaves the others fresh', () => {
    const table = { shape: [3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6) };
    const fresh = Float32Array.of(-1, -2, -3, -4, -5, -6, -7, -8);
    const { shape, data } = transferRows(table, [[2], [], [0, 1], [1]], fresh);
    expect(shape).toEqual([4, 2]);
    expect([...data]).toEqual([5, 6, -3, -4, 2, 3, 3, 4]);
    expect(fresh[0]).toBe(-1);
  });

  test('takes a vector as a table of one column', () => {
    const { shape, data } = transferRows(
      { shape: [2], data: Float32Array.of(1, 3) },
      [[0, 1], [1]],
      new Float32Array(2),
    );
    expect(shape).toEqual([2]);
    expect([...data]).toEqual([2, 3]);
  });
});
