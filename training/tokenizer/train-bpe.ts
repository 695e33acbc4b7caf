import { expect } from '../../model/errors.js';
import { SPECIAL_TOKENS } from '../../model/tokenizer/byte-level-json.js';
import { PairHeap } from './pair-heap.js';

export interface BpeVocabulary {
  /** Token to id: the special tokens, the 256 byte symbols, then one token a merge. */
  vocabulary: Record<string, number>;
  /** "left right", in the order learned. */
  merges: string[];
}

interface Word {
  tokens: number[];
  count: number;
}

/** The visible characters that stand for the bytes 0 to 255 in byte-level BPE, in the order of their code points. */
export function byteSymbols(): string[] {
  const shown = (byte: number) => (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  const bytes = Array.from({ length: 256 }, (_, byte) => byte);
  const hidden = bytes.filter((byte) => !shown(byte)).map((_, i) => 256 + i);
  return String.fromCharCode(...bytes.filter(shown), ...hidden).split('');
}

/** The counts of all pairs of neighbouring tokens, and in which words each pair may be. */
class PairTable {
  private readonly counts = new Map<number, number>();
  private readonly places = new Map<number, Set<number>>();

  /** A pair as one number; a vocabulary stays far below 2^26 tokens. */
  private static key(left: number, right: number): number {
    return left * 2 ** 26 + right;
  }

  /** Counts the pairs of a word `sign` (1 or -1) times its frequency. */
  add(words: Word[], index: number, sign: 1 | -1): void {
    const { tokens, count } = words[index]!;
    for (let i = 1; i < tokens.length; i++) {
      const key = PairTable.key(tokens[i - 1]!, tokens[i]!);
      this.counts.set(key, (this.counts.get(key) ?? 0) + sign * count);
      if (sign < 0) continue;
      const places = this.places.get(key);
      if (places) places.add(index);
      else this.places.set(key, new Set([index]));
    }
  }

  count(left: number, right: number): number {
    return this.counts.get(PairTable.key(left, right)) ?? 0;
  }

  /** The words that had the pair, once: it is merged everywhere and asked for no more. */
  take(left: number, right: number): number[] {
    const key = PairTable.key(left, right);
    const places = [...(this.places.get(key) ?? [])];
    this.places.delete(key);
    return places;
  }
}

function mergePair(tokens: number[], left: number, right: number, merged: number): number[] {
  const result: number[] = [];
  for (let i = 0; i < tokens.length; i++) {
    if (tokens[i] === left && tokens[i + 1] === right) {
      result.push(merged);
      i++;
    } else result.push(tokens[i]!);
  }
  return result;
}

/** Queues the pairs of the given words that `wanted` picks, each once, with their counts of now. */
function queuePairs(heap: PairHeap, table: PairTable, words: Word[], wanted: (token: number) => boolean): void {
  const seen = new Set<string>();
  for (const { tokens } of words) {
    for (let i = 1; i < tokens.length; i++) {
      const [left, right] = [tokens[i - 1]!, tokens[i]!];
      if (!wanted(left) && !wanted(right)) continue;
      const pair = `${left} ${right}`;
      if (!seen.has(pair)) heap.push({ left, right, count: table.count(left, right) });
      seen.add(pair);
    }
  }
}

/** The most frequent pair that occurs at least twice. Counts in the heap may be out of date; those go back with the right one. */
function nextPair(heap: PairHeap, table: PairTable): { left: number; right: number } | undefined {
  for (let top = heap.pop(); top; top = heap.pop()) {
    const count = table.count(top.left, top.right);
    if (count === top.count && count >= 2) return top;
    if (count >= 2 && count < top.count) heap.push({ ...top, count });
  }
  return undefined;
}

function spellWords(wordCounts: ReadonlyMap<string, number>, tokens: readonly string[]): Word[] {
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const idOf = (symbol: string): number => {
    const id = ids.get(symbol);
    expect(id !== undefined, 'word to learn from', 'byte symbols', JSON.stringify(symbol));
    return id;
  };
  return [...wordCounts].map(([word, count]) => ({ tokens: [...word].map(idOf), count }));
}

/**
 * Learns byte-level byte-pair encoding (Sennrich et al. 2016; GPT-2's byte symbols): joins the most frequent pair of neighbouring
 * tokens until the vocabulary has `vocabularySize` tokens or no pair occurs twice. `wordCounts` maps words, written in byte symbols,
 * to their frequency; the result depends on nothing but the words and counts. Equal counts: the pair with the smaller ids first.
 * Throws where `vocabularySize` has no room for the special tokens and the bytes, and where a word has other symbols.
 */
export function trainBpe(wordCounts: ReadonlyMap<string, number>, vocabularySize: number): BpeVocabulary {
  const tokens = [...SPECIAL_TOKENS, ...byteSymbols()] as string[];
  expect(
    Number.isInteger(vocabularySize) && vocabularySize >= tokens.length,
    'vocab-size',
    `a whole number from ${tokens.length}`,
    vocabularySize,
  );
  const words = spellWords(wordCounts, tokens);
  const table = new PairTable();
  words.forEach((_, index) => {
    table.add(words, index, 1);
  });
  const heap = new PairHeap();
  queuePairs(heap, table, words, () => true);

  const merges: string[] = [];
  while (tokens.length < vocabularySize) {
    const pair = nextPair(heap, table);
    if (!pair) break;
    const { left, right } = pair;
    merges.push(`${tokens[left]} ${tokens[right]}`);
    // Never a text that is there already: merges act everywhere and from the left, so one text comes about in one way only.
    const merged = tokens.push(tokens[left]! + tokens[right]!) - 1;
    const places = table.take(left, right);
    for (const index of places) {
      table.add(words, index, -1);
      words[index]!.tokens = mergePair(words[index]!.tokens, left, right, merged);
      table.add(words, index, 1);
    }
    queuePairs(
      heap,
      table,
      places.map((index) => words[index]!),
      (token) => token === merged,
    );
  }
  return { vocabulary: Object.fromEntries(tokens.map((token, id) => [token, id])), merges };
}
