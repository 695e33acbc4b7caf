import { readFile } from 'node:fs/promises';
import { ExpectationError, expect } from '../../model/errors.js';
import { writeAtomically } from '../../model/files/write-atomically.js';
import { byteLevelJson, SPECIAL_TOKENS } from '../../model/tokenizer/byte-level-json.js';
import { type TextCleaning, withCleaning } from '../../model/tokenizer/text-cleaning.js';

/** A byte-level BPE as GPT-2 and RoBERTa publish it, and where its tokenizer.json goes. */
export interface ConvertTokenizerOptions {
  /** vocab.json: token to id. */
  vocab: string;
  /** merges.txt: a pair of tokens a line, in the order in which they were learned. */
  merges: string;
  out: string;
  /** Clean texts before anything else; default `none`. */
  cleaning?: TextCleaning;
}

async function read(key: string, file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new ExpectationError(`tokenizer.${key} ${file}`, 'a readable file', error.code ?? error.message);
  });
}

async function readVocabulary(file: string): Promise<Record<string, number>> {
  const what = `tokenizer.vocab ${file}`;
  let value: unknown;
  try {
    value = JSON.parse(await read('vocab', file));
  } catch (error) {
    throw error instanceof SyntaxError ? new ExpectationError(what, 'JSON', error.message) : error;
  }
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  expect(isObject, what, 'an object from token to id', JSON.stringify(value)?.slice(0, 40));
  const entries = Object.entries(value as Record<string, unknown>);
  const wrong = entries.find(([, id]) => !Number.isSafeInteger(id) || (id as number) < 0);
  expect(!wrong, what, 'ids that are whole numbers', JSON.stringify(wrong));
  expect(
    new Set(entries.map(([, id]) => id)).size === entries.length,
    what,
    'an id of its own for each token',
    'doubles',
  );
  const vocabulary = value as Record<string, number>;
  const missing = SPECIAL_TOKENS.filter((token) => !Object.hasOwn(vocabulary, token));
  expect(missing.length === 0, what, `RoBERTa's special tokens ${SPECIAL_TOKENS.join(' ')}`, `none for ${missing}`);
  return vocabulary;
}

async function readMerges(file: string, vocabulary: Readonly<Record<string, number>>): Promise<string[]> {
  const lines = (await read('merges', file)).split('\n').map((line) => line.replace(/\r$/, ''));
  const merges: string[] = [];
  for (const [i, line] of lines.entries()) {
    if (line === '' || (i === 0 && line.startsWith('#version'))) continue;
    const what = `tokenizer.merges ${file}:${i + 1}`;
    const parts = line.split(' ');
    expect(parts.length === 2 && parts.every((part) => part !== ''), what, 'two tokens', JSON.stringify(line));
    const unknown = [...parts, parts.join('')].find((token) => !Object.hasOwn(vocabulary, token));
    expect(unknown === undefined, what, 'tokens of the vocabulary beside it', unknown);
    merges.push(line);
  }
  expect(merges.length > 0, `tokenizer.merges ${file}`, 'a pair of tokens a line', 'none');
  return merges;
}

/**
 * Writes the tokenizer.json of a byte-level BPE from its vocab.json and merges.txt, as Hugging Face has it for `roberta-base`: but for the
 * cleaning, texts stay as they are, upper case included, and no space is put before the first word. Throws an ExpectationError that names
 * the recipe's key, the file and the line.
 */
export async function convertTokenizer({
  vocab,
  merges,
  out,
  cleaning = 'none',
}: ConvertTokenizerOptions): Promise<void> {
  const vocabulary = await readVocabulary(vocab);
  const pairs = await readMerges(merges, vocabulary);
  const normalizer = withCleaning(null, cleaning);
  const json = byteLevelJson({ vocabulary, merges: pairs, addPrefixSpace: false, normalizer });
  await writeAtomically(out, `${JSON.stringify(json, null, 1)}\n`);
}
