import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { byteLevelJson, captionNormalizer } from '../../../model/tokenizer/byte-level-json.js';
import { type TextCleaning, withCleaning } from '../../../model/tokenizer/text-cleaning.js';
import { loadTokenizer, padTexts, type Tokenizer } from '../../../model/tokenizer/tokenizer.js';
import { trainBpe } from '../../../training/tokenizer/train-bpe.js';
import { countWords } from '../../../training/tokenizer/train-tokenizer.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tokenizer-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function load(json: unknown): Promise<Tokenizer> {
  const file = join(folder, 'tokenizer.json');
  await writeFile(file, typeof json === 'string' ? json : JSON.stringify(json));
  return loadTokenizer(file);
}

const CAPTIONS = [
  'A small red cube',
  'a small blue cube beside a red ball',
  'the Red ball, the blue ball',
  'naïve café — 日本 日本',
];

async function captionTokenizer(lowercase = true, cleaning: TextCleaning = 'none'): Promise<Tokenizer> {
  const normalizer = withCleaning(captionNormalizer(lowercase), cleaning)!;
  const { vocabulary, merges } = trainBpe(await countWords(CAPTIONS, normalizer), 300);
  return load(byteLevelJson({ vocabulary, merges, addPrefixSpace: true, normalizer }));
}

/** A small BERT: WordPiece, [CLS] to [SEP]. */
function bertJson() {
  const words = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'a', 'ball', 'red', '##s', 'mask', '[', ']'];
  const id = (token: string) => words.indexOf(token);
  return {
    version: '1.0',
    added_tokens: words.slice(0, 5).map((content) => ({ id: id(content), content, special: true, normalized: false })),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: { type: 'BertProcessing', sep: ['[SEP]', 3], cls: ['[CLS]', 2] },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(words.map((word, i) => [word, i])),
    },
  };
}

describe('encode', () => {
  test('puts start and end around the words, the same inside and at the start', async () => {
    const tokenizer = await captionTokenizer();
    const { start, end } = tokenizer.special;
    const { inputIds, truncated } = tokenizer.encode('ball ball', 10);
    expect(inputIds).toEqual([start, inputIds[1], inputIds[1], end]);
    expect(truncated).toBe(false);
    expect(tokenizer.special).toEqual({ start: 0, pad: 1, end: 2, unknown: 3, mask: 4 });
  });

  test.each(['', ' ', '\n\t\u3000'])('gives text without words two ids: %j', async (text) => {
    expect((await captionTokenizer()).encode(text, 2)).toEqual({ inputIds: [0, 2], truncated: false });
  });

  test('cuts what is too long and keeps the end', async () => {
    const tokenizer = await captionTokenizer();
    const whole = tokenizer.encode('a small red ball', 30).inputIds;
    expect(tokenizer.encode('a small red ball', whole.length)).toEqual({ inputIds: whole, truncated: false });
    const cut = tokenizer.encode('a small red ball', whole.length - 1);
    expect(cut).toEqual({ inputIds: [...whole.slice(0, -2), 2], truncated: true });
    expect(tokenizer.encode('a small red ball', 2)).toEqual({ inputIds: [0, 2], truncated: true });
  });

  test.each([1, 0, -1, 2.5, Number.NaN])('refuses a maxLength of %d', async (maxLength) => {
    const tokenizer = await captionTokenizer();
    expect(() => tokenizer.encode('a', maxLength)).toThrow(/maxLength: expected a whole number from 2/);
  });

  test.each(['<mask>', '</s>', 'a <mask> ball', '<s><pad></s><unk>', '<MASK>', '< mask >'])(
    'takes %j as text, not as special tokens',
    async (text) => {
      const tokenizer = await captionTokenizer();
      const inner = tokenizer.encode(text, 99).inputIds.slice(1, -1);
      expect(inner.filter((id) => id <= 4)).toEqual([]);
      expect(tokenizer.decode(inner)).toBe(text.toLowerCase());
    },
  );

  test('is the same for other white space, case and composition', async () => {
    const tokenizer = await captionTokenizer();
    const want = tokenizer.encode('a red café', 30);
    for (const text of [' A  RED\ncafé ', 'a red cafe\u0301', '\ta\u00a0red café'])
      expect(tokenizer.encode(text, 30)).toEqual(want);
  });

  test('keeps the case where asked to', async () => {
    const tokenizer = await captionTokenizer(false);
    expect(tokenizer.decode(tokenizer.encode('The Red BALL', 40).inputIds)).toBe('The Red BALL');
  });

  test('leaves answers as they are written, where captions are cleaned', async () => {
    const tokenizer = await captionTokenizer(true, 'albef');
    const answer = "men's t-shirt, 3:00";
    expect(tokenizer.decode(tokenizer.encode(answer, 40).inputIds)).toBe('mens t shirt 300');
    expect(tokenizer.decode(tokenizer.encodeAnswer(answer, 40).inputIds)).toBe(answer);
    expect(tokenizer.encodeAnswer('a red ball', 40)).toEqual(tokenizer.encode('a red ball', 40));
  });

  test('survives 10,000 characters without a space', async () => {
    expect((await captionTokenizer()).encode('ab'.repeat(5000), 30)).toMatchObject({ truncated: true });
  });
});

describe('decode', () => {
  /** Text of random Unicode, with plenty of white space, marks and astral characters; no lone surrogates. */
  function randomText(seed: number): string {
    let state = seed;
    const random = (below: number) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    const ranges = [
      [32, 126],
      [0, 0x2ff],
      [0x300, 0x36f],
      [0x400, 0xd7ff],
      [0xe000, 0xffff],
      [0x1f300, 0x1faff],
      [9, 32],
    ] as const;
    return Array.from({ length: random(40) }, () => {
      const [from, to] = ranges[random(ranges.length)]!;
      return String.fromCodePoint(from + random(to - from + 1));
    }).join('');
  }

  function normalised(text: string): string {
    return text.normalize('NFC').replace(/\s+/gu, ' ').toLowerCase().trim();
  }

  test('gives back any text as the tokenizer normalised it', async () => {
    const tokenizer = await captionTokenizer();
    for (let seed = 1; seed <= 500; seed++) {
      const text = randomText(seed);
      expect(tokenizer.decode(tokenizer.encode(text, 1000).inputIds), `seed ${seed}`).toBe(normalised(text));
    }
  });

  test('leaves special tokens out and refuses ids that there are not', async () => {
    const tokenizer = await captionTokenizer();
    const { inputIds } = tokenizer.encode('red ball', 10);
    expect(tokenizer.decode([...inputIds, 4, 1, 1])).toBe('red ball');
    expect(tokenizer.decode([])).toBe('');
    expect(() => tokenizer.decode([tokenizer.vocabularySize])).toThrow(/token id: expected one below/);
    expect(() => tokenizer.decode([-1])).toThrow(/token id/);
  });
});

describe('tokenText', () => {
  test('shows a token with the space that begins a word', async () => {
    const tokenizer = await captionTokenizer();
    const { inputIds } = tokenizer.encode('ball', 10);
    expect(inputIds.map((id) => tokenizer.tokenText(id))).toEqual(['<s>', ' ball', '</s>']);
    expect(tokenizer.tokenText(4)).toBe('<mask>');
    expect(() => tokenizer.tokenText(99_999)).toThrow(/token id: expected one below \d+, got 99999/);
  });

  test('strung together, tokens are the text', async () => {
    const tokenizer = await captionTokenizer();
    const { inputIds } = tokenizer.encode('the blue thing, beside a cube', 40);
    expect(inputIds.slice(1, -1).map(tokenizer.tokenText).join('')).toBe(' the blue thing, beside a cube');
  });
});

describe('a WordPiece tokenizer', () => {
  test('finds its special tokens and takes the same care of users’ text', async () => {
    const tokenizer = await load(bertJson());
    expect(tokenizer.special).toEqual({ start: 2, pad: 0, end: 3, unknown: 1, mask: 4 });
    expect(tokenizer.vocabularySize).toBe(12);
    expect(tokenizer.encode('A red  BALLS', 9)).toEqual({ inputIds: [2, 5, 7, 6, 8, 3], truncated: false });
    expect(tokenizer.encode('[MASK] zebra', 9).inputIds).toEqual([2, 10, 9, 11, 1, 3]);
    expect(tokenizer.decode([2, 5, 7, 6, 8, 3])).toBe('a red balls');
    expect([7, 8, 4].map(tokenizer.tokenText)).toEqual([' red', 's', '[MASK]']);
  });
});

describe('loadTokenizer', () => {
  test.each<[string, () => unknown, RegExp]>([
    ['broken JSON', () => '{"model":', /tokenizer\.json: expected JSON/],
    ['other JSON', () => ({ hello: 1 }), /expected a Hugging Face tokenizer\.json, got other JSON/],
    ['null', () => null, /expected a Hugging Face tokenizer\.json/],
    [
      'an unknown kind of model',
      () => ({ ...bertJson(), model: { type: 'Magic' } }),
      /expected a Hugging Face tokenizer\.json, got Unknown/,
    ],
    ['a vocabulary without a mask token', () => withoutMask(), /expected the tokens <s> <pad> .* or \[CLS\]/],
  ])('refuses %s', async (_, json, message) => {
    await expect(load(json())).rejects.toThrow(message);
  });

  function withoutMask(): unknown {
    const json = JSON.parse(JSON.stringify(bertJson()).replaceAll('[MASK]', '[HIDE]'));
    return json;
  }

  test('names a file that is not there', () => {
    expect(() => loadTokenizer(join(folder, 'none.json'))).toThrow(/none\.json: expected a readable file, got ENOENT/);
  });
});

describe('padTexts', () => {
  const texts = [
    [0, 5, 2],
    [0, 2],
  ].map((inputIds) => ({ inputIds, truncated: false }));
  test('pads to the longest and masks the padding', () => {
    expect(padTexts(texts, 1)).toEqual({
      inputIds: BigInt64Array.of(0n, 5n, 2n, 0n, 2n, 1n),
      attentionMask: BigInt64Array.of(1n, 1n, 1n, 1n, 1n, 0n),
      batch: 2,
      length: 3,
    });
  });
  test('pads to a length, and refuses one that is too short', () => {
    expect(padTexts(texts, 1, 5)).toMatchObject({ batch: 2, length: 5 });
    expect(() => padTexts(texts, 1, 2)).toThrow('length of a text: expected at most 2 tokens, got 3');
    expect(padTexts([], 1)).toMatchObject({ batch: 0, length: 0 });
  });
});

const DATA = process.env.MASKVLM_DATA ?? fileURLToPath(new URL('../../../../../shared/data', import.meta.url));
const ROBERTA = join(DATA, 'tokenizers', 'roberta-base');

describe.skipIf(!existsSync(ROBERTA))(
  'RoBERTa’s vocabulary (skipped where MASKVLM_DATA has no tokenizers/roberta-base)',
  () => {
    let roberta: Tokenizer;
    beforeAll(async () => {
      const vocabulary = JSON.parse(readFileSync(join(ROBERTA, 'vocab.json'), 'utf8'));
      const lines = readFileSync(join(ROBERTA, 'merges.txt'), 'utf8').trimEnd().split('\n');
      roberta = await load(
        byteLevelJson({ vocabulary, merges: lines.slice(1), addPrefixSpace: false, normalizer: null }),
      );
    });

    test('has RoBERTa’s size and special ids', () => {
      expect(roberta.vocabularySize).toBe(50265);
      expect(roberta.special).toEqual({ start: 0, pad: 1, end: 2, unknown: 3, mask: 50264 });
    });

    // Published ids: the examples in RoBERTa's own documentation.
    test.each([
      ['Hello world', [31414, 232]],
      [' Hello world', [20920, 232]],
      ['Hello world!', [31414, 232, 328]],
    ])('encodes %j as published', (text, ids) => {
      expect(roberta.encode(text, 30).inputIds).toEqual([0, ...ids, 2]);
    });

    test.each(['Hello world', ' Two  spaces', 'Ünïcode 日本 👩‍🚀 <mask>\n'])('gives back %j exactly', (text) => {
      const { inputIds } = roberta.encode(text, 99);
      expect(inputIds).not.toContain(50264);
      expect(roberta.decode(inputIds)).toBe(text);
    });
  },
);
