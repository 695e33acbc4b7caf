import type { Tokenizer } from '../../model/tokenizer/tokenizer.js';
import type { Floats } from './floats.js';

/** The tables with a row for each token. */
export const TOKEN_TABLES = [
  'text_encoder.word_embeddings.weight',
  'token_classifier.weight',
  'token_classifier.bias',
] as const;

/** What stands for bytes that are no text on their own; many tokens look so, and none is another one. */
const NO_TEXT = '\ufffd';

/**
 * For each token of `to` the tokens of `from` that spell it: the same token, else the longest ones one after another; none where it
 * cannot be spelled.
 */
export function spellTokens(from: Tokenizer, to: Tokenizer): number[][] {
  const ids = new Map<string, number>();
  for (let id = from.vocabularySize - 1; id >= 0; id--) {
    const text = textOf(from, id);
    if (text !== null) ids.set(text, id);
  }
  const roles = new Map(
    (['start', 'pad', 'end', 'unknown', 'mask'] as const).map((role) => [to.special[role], from.special[role]]),
  );
  const longest = Math.max(0, ...[...ids.keys()].map((text) => text.length));
  return Array.from({ length: to.vocabularySize }, (_, id) => {
    if (roles.has(id)) return [roles.get(id)!];
    const text = textOf(to, id);
    return text === null ? [] : spell(text, ids, longest);
  });
}

/** The text of a token; null where it has none of its own, or the vocabulary skips its id. */
function textOf(tokenizer: Tokenizer, id: number): string | null {
  try {
    const text = tokenizer.tokenText(id);
    return text === '' || text.includes(NO_TEXT) ? null : text;
  } catch {
    return null;
  }
}

function spell(text: string, ids: ReadonlyMap<string, number>, longest: number): number[] {
  const found: number[] = [];
  for (let start = 0; start < text.length; ) {
    let end = Math.min(text.length, start + longest);
    while (end > start && !ids.has(text.slice(start, end))) end--;
    if (end === start) return [];
    found.push(ids.get(text.slice(start, end))!);
    start = end;
  }
  return found;
}

/**
 * A table [V,...] over one vocabulary made one over another, see {@link spellTokens}: each row is the mean of the rows that spell its
 * token (fast vocabulary transfer, Gee et al. 2022), or stays as in `fresh` where there are none.
 */
export function transferRows(table: Floats, spellings: readonly number[][], fresh: Float32Array): Floats {
  const [, ...rest] = table.shape;
  const width = rest.reduce((product, size) => product * size, 1);
  const data = Float32Array.from(fresh);
  spellings.forEach((rows, id) => {
    if (rows.length === 0) return;
    for (let i = 0; i < width; i++) {
      const sum = rows.reduce((total, row) => total + table.data[row * width + i]!, 0);
      data[id * width + i] = sum / rows.length;
    }
  });
  return { shape: [spellings.length, ...rest], data };
}
