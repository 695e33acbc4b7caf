import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadTokenizer } from '../../../model/tokenizer/tokenizer.js';
import { readCorpus } from '../../../training/tokenizer/read-corpus.js';
import { byteSymbols, trainBpe } from '../../../training/tokenizer/train-bpe.js';
import { trainTokenizer } from '../../../training/tokenizer/train-tokenizer.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'train-tokenizer-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, content: unknown): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const words = (counts: Record<string, number>) => new Map(Object.entries(counts));

describe('byteSymbols', () => {
  test('are 256 different characters, the printable ones themselves', () => {
    const symbols = byteSymbols();
    expect(new Set(symbols).size).toBe(256);
    expect(symbols.slice(0, 3)).toEqual(['!', '"', '#']);
    expect(symbols).toContain('Ġ');
    expect(symbols).toContain('Ċ');
    expect(symbols).not.toContain(' ');
  });
});

describe('trainBpe', () => {
  // Sennrich et al. (2016) explain the algorithm with these words. By hand: "e s" and "s t" occur 9 times and e < s; "l o" and "o w"
  // 7 times; then "e w", "n e" and "w est" 6 times; then "n ew" and "ew est", of which n is the older token.
  test('learns the example of the paper that introduced it', () => {
    const corpus = words({ low: 5, lower: 2, newest: 6, widest: 3 });
    const { merges, vocabulary } = trainBpe(corpus, 261 + 6);
    expect(merges).toEqual(['e s', 'es t', 'l o', 'lo w', 'e w', 'n ew']);
    expect(Object.entries(vocabulary).filter(([, id]) => id >= 261)).toEqual([
      ['es', 261],
      ['est', 262],
      ['lo', 263],
      ['low', 264],
      ['ew', 265],
      ['new', 266],
    ]);
  });

  test('gives the special tokens and the bytes their places', () => {
    const { vocabulary, merges } = trainBpe(new Map(), 261);
    expect(merges).toEqual([]);
    const tokens = Object.entries(vocabulary)
      .sort(([, a], [, b]) => a - b)
      .map(([token]) => token);
    expect(tokens.slice(0, 7)).toEqual(['<s>', '<pad>', '</s>', '<unk>', '<mask>', '!', '"']);
    expect(tokens.length).toBe(261);
  });

  test.each<[string, Record<string, number>, string[]]>([
    ['stops where no pair occurs twice', { ab: 2, cd: 1 }, ['a b']],
    ['prefers the smaller ids among equals', { zy: 3, ba: 3, ab: 3 }, ['a b', 'b a', 'z y']],
    ['counts a run of one letter pair by pair', { aaaa: 1 }, ['a a']],
    ['merges a run from the left', { aaa: 2 }, ['a a', 'aa a']],
  ])('%s', (_, counts, want) => {
    expect(trainBpe(words(counts), 1000).merges).toEqual(want);
  });

  test('does not depend on the order of the words', () => {
    const counts = Object.entries({ Ġred: 5, Ġreddish: 3, Ġred1: 3, Ġbread: 4, Ġbed: 4, Ġball: 5 });
    const want = trainBpe(new Map(counts), 290);
    expect(trainBpe(new Map(counts.reverse()), 290)).toEqual(want);
  });

  test('learns what a plain recount after every merge learns', () => {
    const counts = new Map<string, number>();
    let state = 7;
    for (let i = 0; i < 300; i++) {
      const letters = Array.from({ length: 1 + (i % 9) }, () => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return 'abcde'[Math.floor((state / 2 ** 32) * 5)];
      });
      counts.set(letters.join(''), 1 + (state % 5));
    }
    expect(trainBpe(counts, 261 + 150).merges).toEqual(recount(counts, 150));
  });

  test('refuses a word that is not in byte symbols', () => {
    expect(() => trainBpe(words({ 'a b': 2 }), 300)).toThrow('word to learn from: expected byte symbols, got " "');
  });

  test.each([260, 0, 300.5, Number.NaN])('refuses a vocabulary of %d', (size) => {
    expect(() => trainBpe(new Map(), size)).toThrow(/vocab-size: expected a whole number from 261/);
  });
});

/** The algorithm at its plainest: count all pairs, join the best everywhere, count again. Tokens compare by id. */
function recount(counts: Map<string, number>, tokenCount: number): string[] {
  const ids = new Map(byteSymbols().map((symbol, id) => [symbol, id]));
  const corpus = [...counts].map(([word, count]) => ({ tokens: [...word], count }));
  const merges: string[] = [];
  while (ids.size < 256 + tokenCount) {
    const pairs = new Map<string, number>();
    for (const { tokens, count } of corpus) {
      for (let i = 1; i < tokens.length; i++) {
        const pair = `${tokens[i - 1]} ${tokens[i]}`;
        pairs.set(pair, (pairs.get(pair) ?? 0) + count);
      }
    }
    const rank = (pair: string) => pair.split(' ').map((token) => ids.get(token)!) as [number, number];
    const best = [...pairs].sort(([a, m], [b, n]) => n - m || rank(a)[0] - rank(b)[0] || rank(a)[1] - rank(b)[1])[0];
    if (!best || best[1] < 2) break;
    merges.push(best[0]);
    const [left, right] = best[0].split(' ') as [string, string];
    ids.set(left + right, ids.size);
    for (const word of corpus) {
      for (let i = 0; i + 1 < word.tokens.length; i++) {
        if (word.tokens[i] === left && word.tokens[i + 1] === right) word.tokens.splice(i, 2, left + right);
      }
    }
  }
  return merges;
}

describe('readCorpus', () => {
  const texts = async (path: string) => {
    const found: string[] = [];
    for await (const text of readCorpus(path)) found.push(text);
    return found;
  };
  const image = (split: string, ...raw: string[]) => ({
    split,
    sentences: raw.map((text) => ({ raw: text, tokens: ['t'] })),
  });

  test.each<[string, string, unknown, string[]]>([
    ['lines of text', 'a.txt', 'one\r\n\n  \ntwo', ['one', 'two']],
    [
      'Karpathy’s captions of the training split',
      'b.json',
      { images: [image('train', 'a', 'b'), image('val', 'c'), image('restval', 'd')] },
      ['a', 'b', 'd'],
    ],
    [
      'captions where no training split is marked',
      'c.json',
      { images: [image('test', 'a'), image('val', 'b')] },
      ['a', 'b'],
    ],
    ['COCO’s captions', 'd.json', { images: [{ id: 1 }], annotations: [{ caption: 'a' }] }, ['a']],
    ['VQA’s questions', 'e.json', { questions: [{ question: 'who?' }] }, ['who?']],
    [
      'VQA’s answers, each once',
      'i.json',
      { annotations: [{ multiple_choice_answer: 'yes', answers: [{ answer: 'yes' }, { answer: 'no' }] }] },
      ['yes'],
    ],
    [
      'answers and labels beside questions and hypotheses',
      'j.jsonl',
      '{"question":"who?","answer":["a","b"]}\n{"sentence2":"d","gold_label":"neutral"}\n',
      ['who?', 'a', 'b', 'd', 'neutral'],
    ],
    [
      'records in an array, several captions each',
      'f.json',
      [{ image: 'x.jpg', caption: ['a', 'b'] }, { text: 'c' }],
      ['a', 'b', 'c'],
    ],
    [
      'one record a line',
      'g.jsonl',
      '{"caption":"a"}\n{"sentence":"b"}\n\n{"question":"c?"}\n{"sentence2":"d"}\n',
      ['a', 'b', 'c?', 'd'],
    ],
  ])('reads %s', async (_, name, content, want) => {
    expect(await texts(await file(name, content))).toEqual(want);
  });

  test.each<[string, string, unknown, RegExp]>([
    ['broken JSON', 'h.json', '{', /h\.json: expected JSON/],
    ['a broken line, with its number', 'i.jsonl', '{"text":"a"}\n{', /i\.jsonl:2: expected JSON/],
    ['a file without texts', 'j.json', { images: [] }, /j\.json: expected texts, got none/],
    ['another kind of file', 'k.csv', 'a,b', /k\.csv: expected a \.txt, \.json or \.jsonl file, got \.csv/],
  ])('refuses %s', async (_, name, content, message) => {
    await expect(texts(await file(name, content))).rejects.toThrow(message);
  });

  test('names a file that is not there', async () => {
    for (const name of ['none.txt', 'none.json']) {
      await expect(texts(join(folder, name))).rejects.toThrow(/corpus .*none.*: expected a readable file, got ENOENT/);
    }
  });
});

describe('trainTokenizer', () => {
  test('writes a tokenizer.json that knows the words of its corpus, the same bytes each time', async () => {
    // Joining Ġ a, Ġ r e d, Ġ c u b e and Ġ b a l l takes 1 + 3 + 4 + 4 tokens.
    const corpus = [await file('l.txt', 'a red cube\na red ball\na Red cube beside a ball\n')];
    const outs = [join(folder, 'one.json'), join(folder, 'two.json')];
    for (const out of outs)
      expect(await trainTokenizer({ corpus, vocabSize: 273, out })).toEqual({ vocabularySize: 273 });
    expect(await readFile(outs[0]!)).toEqual(await readFile(outs[1]!));
    const tokenizer = loadTokenizer(outs[0]!);
    expect(tokenizer.vocabularySize).toBe(273);
    const { inputIds } = tokenizer.encode('A RED cube', 20);
    expect(inputIds.map(tokenizer.tokenText)).toEqual(['<s>', ' a', ' red', ' cube', '</s>']);
  });

  test('makes the vocabulary smaller where the texts give no more', async () => {
    const corpus = [await file('m.txt', 'ab\nab\n')];
    const { vocabularySize } = await trainTokenizer({ corpus, vocabSize: 4000, out: join(folder, 'm.json') });
    // "Ġa b" or "a b" twice, then the two joined.
    expect(vocabularySize).toBe(261 + 2);
  });

  test('keeps capitals apart where asked to', async () => {
    const corpus = [await file('n.txt', 'Ab ab\nAb ab\n')];
    const out = join(folder, 'n.json');
    await trainTokenizer({ corpus, vocabSize: 300, out, lowercase: false });
    const tokenizer = loadTokenizer(out);
    expect(tokenizer.encode('Ab', 9)).not.toEqual(tokenizer.encode('ab', 9));
  });

  test('writes nothing when a corpus file fails', async () => {
    const inner = await mkdtemp(join(folder, 'fails-'));
    const corpus = [await file('o.txt', 'fine'), join(folder, 'missing.txt')];
    await expect(trainTokenizer({ corpus, vocabSize: 300, out: join(inner, 't.json') })).rejects.toThrow(
      /missing\.txt/,
    );
    expect(await readdir(inner)).toEqual([]);
  });
});
