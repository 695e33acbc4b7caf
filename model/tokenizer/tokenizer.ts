import { readFileSync } from 'node:fs';
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { ExpectationError, expect } from '../errors.js';
import { type Normalizer, withoutCleaning } from './text-cleaning.js';

/** Ids of the tokens with a meaning of their own: beginning and end of a text, padding, out of vocabulary, masked. */
export interface SpecialIds {
  start: number;
  pad: number;
  end: number;
  unknown: number;
  mask: number;
}

/** `inputIds` begins with the start token and ends with the end token; `truncated` says that the text was longer. */
export interface EncodedText {
  inputIds: number[];
  truncated: boolean;
}

export interface Tokenizer {
  /** V: one more than the largest id. */
  readonly vocabularySize: number;
  readonly special: SpecialIds;
  /**
   * Ids of a text, start and end token included, at most `maxLength` (>= 2) of them. The text is text throughout: "<mask>" in it
   * is spelled out and never becomes the mask token. Text without a token, "" for one, gives [start, end].
   */
  encode(text: string, maxLength: number): EncodedText;
  /** As `encode`, of a text that the model is to give back letter by letter: without the cleaning of captions and questions. */
  encodeAnswer(text: string, maxLength: number): EncodedText;
  /** The text of the ids, special tokens left out. Throws on an id outside the vocabulary. */
  decode(ids: readonly number[]): string;
  /** One token as people read it, with a leading space where it begins a word. Throws on an id outside the vocabulary. */
  tokenText(id: number): string;
}

interface AddedToken {
  id: number;
  content: string;
  special?: boolean;
}

interface PreTokenizer {
  type: string;
  add_prefix_space?: boolean;
  pretokenizers?: PreTokenizer[];
}

interface TokenizerJson {
  added_tokens: AddedToken[];
  normalizer: Normalizer | null;
  pre_tokenizer: PreTokenizer | null;
}

/** How the families spell start, pad, end, unknown and mask. */
const SPELLINGS = [
  ['<s>', '<pad>', '</s>', '<unk>', '<mask>'],
  ['[CLS]', '[PAD]', '[SEP]', '[UNK]', '[MASK]'],
] as const;

function readJson(file: string): TokenizerJson {
  const what = `tokenizer ${file}`;
  try {
    const json = JSON.parse(readFileSync(file, 'utf8'));
    expect(Array.isArray(json?.added_tokens) && json.model, what, 'a Hugging Face tokenizer.json', 'other JSON');
    return json;
  } catch (error) {
    if (error instanceof SyntaxError) throw new ExpectationError(what, 'JSON', error.message);
    const { code } = error as NodeJS.ErrnoException;
    if (code) throw new ExpectationError(what, 'a readable file', code);
    throw error;
  }
}

/**
 * The library without its special tokens: it would otherwise look for them inside users' texts. Added words without special meaning
 * stay. Texts come back from it as they are, without its clean-up of English punctuation.
 */
function createCodec(file: string, json: TokenizerJson): HuggingFaceTokenizer {
  const plain = { ...json, added_tokens: json.added_tokens.filter((token) => !token.special) };
  try {
    return new HuggingFaceTokenizer(plain, { clean_up_tokenization_spaces: false });
  } catch (error) {
    throw new ExpectationError(`tokenizer ${file}`, 'a Hugging Face tokenizer.json', (error as Error).message);
  }
}

function findSpecial(file: string, idOf: (token: string) => number | undefined): SpecialIds {
  const spelling = SPELLINGS.find((tokens) => tokens.every((token) => idOf(token) !== undefined));
  const wanted = SPELLINGS.map((tokens) => tokens.join(' ')).join(' or ');
  expect(spelling, `tokenizer ${file}`, `the tokens ${wanted}`, 'a vocabulary without them');
  const [start, pad, end, unknown, mask] = spelling.map((token) => idOf(token)!) as [
    number,
    number,
    number,
    number,
    number,
  ];
  return { start, pad, end, unknown, mask };
}

/** Whether a space is put before the first word, so that it is the same token as inside a text; decoding takes it off again. */
function addsPrefixSpace(preTokenizer: PreTokenizer | null): boolean {
  if (preTokenizer?.type === 'Sequence') return preTokenizer.pretokenizers?.some(addsPrefixSpace) ?? false;
  return preTokenizer?.type === 'ByteLevel' && preTokenizer.add_prefix_space === true;
}

/** Every token by its id: the model's vocabulary and what was added to it. */
function tokensById(codec: HuggingFaceTokenizer, json: TokenizerJson): Map<number, string> {
  const tokens = new Map<number, string>();
  for (const [token, id] of codec.get_vocab()) if (token !== undefined) tokens.set(id, token);
  for (const { content, id } of json.added_tokens) tokens.set(id, content);
  return tokens;
}

/**
 * Loads a Hugging Face tokenizer.json: RoBERTa's byte-level BPE, BERT's WordPiece, or another kind that has their special tokens.
 * Throws an ExpectationError that names the file where it cannot be read or is something else.
 */
export function loadTokenizer(file: string): Tokenizer {
  const json = readJson(file);
  const codec = createCodec(file, json);
  const normalizer = withoutCleaning(json.normalizer);
  const answerCodec = normalizer === json.normalizer ? codec : createCodec(file, { ...json, normalizer });
  const tokens = tokensById(codec, json);
  const vocabularySize = [...tokens.keys()].reduce((most, id) => Math.max(most, id + 1), 0);
  const ids = new Map([...tokens].map(([id, token]) => [token, id]));
  const special = findSpecial(file, (token) => ids.get(token));
  const added = json.added_tokens.filter((token) => token.special).map((token) => token.id);
  const hidden = new Set([...added, ...Object.values(special)]);
  const prefixed = addsPrefixSpace(json.pre_tokenizer);
  const join = (pieces: string[]) => codec.decoder?.decode(pieces) ?? pieces.join(' ');
  const tokenOf = (id: number): string => {
    const token = tokens.get(id);
    expect(token !== undefined, 'token id', `one below ${vocabularySize}`, id);
    return token;
  };

  return {
    vocabularySize,
    special,
    encode: (text, maxLength) => encodeText(codec, special, hidden, text, maxLength),
    encodeAnswer: (text, maxLength) => encodeText(answerCodec, special, hidden, text, maxLength),
    decode(list) {
      const text = join(list.map(tokenOf).filter((_, i) => !hidden.has(list[i]!)));
      return prefixed && text.startsWith(' ') ? text.slice(1) : text;
    },
    tokenText(id) {
      const token = tokenOf(id);
      // The empty piece before it makes the decoders treat the token as one inside a text.
      return hidden.has(id) ? token : join(['', token]);
    },
  };
}

function encodeText(
  codec: HuggingFaceTokenizer,
  special: SpecialIds,
  hidden: ReadonlySet<number>,
  text: string,
  maxLength: number,
): EncodedText {
  expect(Number.isInteger(maxLength) && maxLength >= 2, 'maxLength', 'a whole number from 2', maxLength);
  const found: number[] = codec.encode(text, { add_special_tokens: false }).ids;
  // A vocabulary whose words may look like a special token still gives text no such id.
  const words = found.slice(0, maxLength - 2).map((id) => (hidden.has(id) ? special.unknown : id));
  return { inputIds: [special.start, ...words, special.end], truncated: found.length > words.length };
}

/** Texts side by side: `inputIds` and `attentionMask` are [B, L], row-major; the mask is 1 on tokens and 0 on padding. */
export interface TextBatch {
  inputIds: BigInt64Array;
  attentionMask: BigInt64Array;
  batch: number;
  length: number;
}

/**
 * Pads texts to a common `length` (default: the longest one's) with `padId`, giving ids and mask of [B, L].
 * Throws when a text is longer than `length`.
 */
export function padTexts(texts: readonly EncodedText[], padId: number, length?: number): TextBatch {
  const longest = texts.reduce((most, { inputIds }) => Math.max(most, inputIds.length), 0);
  const columns = length ?? longest;
  expect(longest <= columns, 'length of a text', `at most ${columns} tokens`, longest);
  const inputIds = new BigInt64Array(texts.length * columns).fill(BigInt(padId));
  const attentionMask = new BigInt64Array(texts.length * columns);
  texts.forEach((text, row) => {
    text.inputIds.forEach((id, column) => {
      inputIds[row * columns + column] = BigInt(id);
    });
    attentionMask.fill(1n, row * columns, row * columns + text.inputIds.length);
  });
  return { inputIds, attentionMask, batch: texts.length, length: columns };
}
