// tokenizer.json from a published vocab.json and merges.txt.
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadTokenizer, type Tokenizer } from '../../../model/tokenizer/tokenizer.js';
import { convertTokenizer } from '../../../training/tokenizer/convert-tokenizer.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskvlm-convert-'));
});
afterAll(() => rm(folder, { recursive: true }));

const SPECIAL = { '<s>': 0, '<pad>': 1, '</s>': 2, '<unk>': 3, '<mask>': 11 };
// Ġ is the space in byte symbols.
const VOCABULARY = { ...SPECIAL, a: 4, b: 5, Ġ: 6, A: 7, ab: 8, Ġab: 9, Aab: 10 };
const MERGES = '#version: 0.2\na b\nĠ ab\nA ab\n';

async function convert(vocabulary: unknown = VOCABULARY, lines = MERGES): Promise<Tokenizer> {
  const [vocab, merges, out] = ['vocab.json', 'merges.txt', 'tokenizer.json'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  await writeFile(vocab, typeof vocabulary === 'string' ? vocabulary : JSON.stringify(vocabulary));
  await writeFile(merges, lines);
  await convertTokenizer({ vocab, merges, out });
  return loadTokenizer(out);
}

describe('a small one', () => {
  test.each<[string, number[]]>([
    ['ab', [8]],
    ['ab ab', [8, 9]],
    // Upper case is another letter, and a first word is not one inside a text.
    ['Aab', [10]],
    [' ab', [9]],
    ['ba', [5, 4]],
    ['', []],
  ])('encodes %j', async (text, ids) => {
    expect((await convert()).encode(text, 9).inputIds).toEqual([0, ...ids, 2]);
  });

  test('has the special tokens where the file has them', async () => {
    const { special, vocabularySize } = await convert();
    expect(special).toEqual({ start: 0, pad: 1, end: 2, unknown: 3, mask: 11 });
    expect(vocabularySize).toBe(12);
  });

  test('is the same from lines that end as on Windows, or without a version', async () => {
    expect((await convert(VOCABULARY, MERGES.replaceAll('\n', '\r\n'))).encode('ab ab', 9).inputIds).toEqual([
      0, 8, 9, 2,
    ]);
    expect((await convert(VOCABULARY, 'a b\nĠ ab')).encode('ab ab', 9).inputIds).toEqual([0, 8, 9, 2]);
  });
});

describe('refuses, by key, file and line', () => {
  const { '<mask>': _, ...unmasked } = VOCABULARY;
  test.each<[string, unknown, string, RegExp]>([
    ['what is no JSON', '{"a": ', MERGES, /^tokenizer\.vocab .*vocab\.json: expected JSON, got /],
    ['a list', ['a'], MERGES, /vocab\.json: expected an object from token to id, got \["a"\]/],
    ['an id that is none', { ...VOCABULARY, b: -1 }, MERGES, /expected ids that are whole numbers, got \["b",-1\]/],
    ['an id twice', { ...VOCABULARY, b: 4 }, MERGES, /expected an id of its own for each token, got/],
    ['a vocabulary without a mask', unmasked, MERGES, /RoBERTa's special tokens <s> .*, got none for <mask>/],
    [
      'a line of one token',
      VOCABULARY,
      'a b\nab\n',
      /^tokenizer\.merges .*merges\.txt:2: expected two tokens, got "ab"/,
    ],
    ['a line of three', VOCABULARY, 'a b c\n', /merges\.txt:1: expected two tokens/],
    [
      'merges of another vocabulary',
      VOCABULARY,
      'a b\nb a\n',
      /merges\.txt:2: expected tokens of the vocabulary beside it, got ba/,
    ],
    ['no merges', VOCABULARY, '#version: 0.2\n', /merges\.txt: expected a pair of tokens a line, got none/],
  ])('%s', async (_name, vocabulary, merges, message) => {
    await expect(convert(vocabulary, merges)).rejects.toThrow(message);
  });

  test('files that are not there', async () => {
    await convert();
    const [vocab, merges, none] = ['vocab.json', 'merges.txt', 'none'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    const out = join(folder, 'out.json');
    await expect(convertTokenizer({ vocab: none, merges, out })).rejects.toThrow(
      `tokenizer.vocab ${none}: expected a readable file, got ENOENT`,
    );
    await expect(convertTokenizer({ vocab, merges: none, out })).rejects.toThrow(`tokenizer.merges ${none}: expected`);
    expect(existsSync(out)).toBe(false);
  });
});

const DATA = process.env.MASKVLM_DATA ?? fileURLToPath(new URL('../../../../../shared/data', import.meta.url));
const ROBERTA = join(DATA, 'tokenizers', 'roberta-base');

describe.skipIf(!existsSync(ROBERTA))('RoBERTa’s (skipped where MASKVLM_DATA has no tokenizers/roberta-base)', () => {
  let roberta: Tokenizer;
  beforeAll(async () => {
    const out = join(folder, 'roberta.json');
    await convertTokenizer({ vocab: join(ROBERTA, 'vocab.json'), merges: join(ROBERTA, 'merges.txt'), out });
    roberta = loadTokenizer(out);
  });

  test('has RoBERTa’s size and special ids', () => {
    expect(roberta.vocabularySize).toBe(50265);
    expect(roberta.special).toEqual({ start: 0, pad: 1, end: 2, unknown: 3, mask: 50264 });
  });

  // Ids that Hugging Face's own tokenizers library gives for these files.
  test.each<[string, number[]]>([
    ['Hello world', [31414, 232]],
    [' a photo of a cat.', [10, 1345, 9, 10, 4758, 4]],
    ['A man, a plan!', [250, 313, 6, 10, 563, 328]],
    ["don't", [7254, 75]],
    ['red  ball\n2 x 3', [2050, 1437, 1011, 50118, 176, 3023, 155]],
    ['Ünïcode 日本', [3849, 48, 282, 29667, 20414, 47416, 6800, 8210, 44636, 11582]],
    ['', []],
  ])('encodes %j as published', (text, ids) => {
    expect(roberta.encode(text, 30).inputIds).toEqual([0, ...ids, 2]);
  });

  test('brings texts back with their upper case', () => {
    const text = 'Two Dogs, one RED ball.';
    expect(roberta.decode(roberta.encode(text, 30).inputIds)).toBe(text);
  });
});
