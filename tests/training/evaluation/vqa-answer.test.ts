// Spellings worked out by hand from the official script.
import { describe, expect, test } from 'vitest';
import { normalizeAnswer, trimAnswer } from '../../../training/evaluation/vqa-answer.js';

describe('an answer is compared as', () => {
  test.each<[string, [string, string][]]>([
    [
      'digits',
      [
        ['None', '0'],
        ['zero', '0'],
        ['Two dogs', '2 dogs'],
        ['ten', '10'],
        ['eleven', 'eleven'],
        ['someone', 'someone'],
      ],
    ],
    [
      'words without articles',
      [
        ['The red ball', 'red ball'],
        ['an apple a day', 'apple day'],
        ['the', ''],
        ['anthem', 'anthem'],
      ],
    ],
    [
      'contractions with their apostrophe',
      [
        ['dont know', "don't know"],
        ["couldnt've", "couldn't've"],
        ["couldn'tve", "couldn't've"],
        ["'ow'sat", "'ow's'at"],
        ['twas', "'twas"],
        ['Oclock', "o'clock"],
        ["don't", "don't"],
      ],
    ],
    [
      'contractions of the published table that never apply, or the wrong way round',
      [
        ['Im', 'im'],
        ['Ive', 'ive'],
        ["I'dve", "i'dve"],
        ['lets', 'lets'],
        ["somebody'd", 'somebodyd'],
        ['couldntve', 'couldntve'],
      ],
    ],
    [
      'words without punctuation, a blank in its place unless it has one beside it somewhere',
      [
        ['black/white', 'black white'],
        ['black / white', 'black white'],
        ['well-done', 'well done'],
        ['well-done, semi- dry', 'welldone semi dry'],
        ['(red)', 'red'],
        ['What?!', 'what'],
        ['a_b@c`d\\e', 'b c d e'],
      ],
    ],
    [
      'numbers without their comma, which takes all other marks away too',
      [
        ['1,000', '1000'],
        ['red,blue', 'red blue'],
        ['1,000 yes/no', '1000 yesno'],
      ],
    ],
    [
      'words without periods, decimals with them',
      [
        ['3.5', '3.5'],
        ['.5', '.5'],
        ['3.', '3'],
        ['U.S.A.', 'usa'],
        [`x${'.'.repeat(32)}`, 'x'],
        [`x${'.'.repeat(34)}`, 'x..'],
      ],
    ],
    [
      'what it is where apostrophes and colons are concerned',
      [
        ["the girl's", "girl's"],
        ['2:50 pm', '2:50 pm'],
      ],
    ],
  ])('%s', (_, cases) => {
    expect(cases.map(([answer]) => normalizeAnswer(answer))).toEqual(cases.map(([, compared]) => compared));
  });
});

test('blanks at the ends go, line breaks and tabs become blanks', () => {
  expect(trimAnswer('\t Two\tdogs\n\nrun ')).toBe('Two dogs  run');
});
