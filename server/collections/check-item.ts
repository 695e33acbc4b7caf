import { expect } from '../../model/errors.js';
import { isShallow } from '../is-shallow.js';
import type { ItemChange, StoredSide } from './stored-item.js';

const LONGEST_ID = 256;
const DEEPEST_METADATA = 32;
/** Control characters, line and paragraph separators, and halves of surrogate pairs. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u;

/** Throws an ExpectationError unless the id has 1 to 256 printable characters. */
export function checkId(id: string): void {
  const length = typeof id === 'string' ? [...id].length : 0;
  expect(length >= 1 && length <= LONGEST_ID, 'id', `1 to ${LONGEST_ID} characters`, `${length} characters`);
  expect(!UNPRINTABLE.test(id), 'id', 'printable characters', JSON.stringify(id));
}

/** Whether an item could have this id; others would not even fit a key of the store. */
export function isId(id: string): boolean {
  return id.length > 0 && [...id].length <= LONGEST_ID && !UNPRINTABLE.test(id);
}

/** Throws an ExpectationError unless the vector has `size` finite numbers that are not all zero. */
export function checkEmbedding(what: string, embedding: Float32Array, size: number): void {
  expect(embedding instanceof Float32Array, what, 'a Float32Array', typeof embedding);
  expect(embedding.length === size, what, `${size} numbers`, embedding.length);
  const bad = embedding.findIndex((value) => !Number.isFinite(value));
  expect(bad < 0, what, 'finite numbers', `${embedding[bad]} at ${bad}`);
  expect(
    embedding.some((value) => value !== 0),
    what,
    'a direction',
    'only zeros',
  );
}

function checkEncoded(what: string, { embedding, tokens, rows }: StoredSide, size: number): void {
  checkEmbedding(`${what} embedding`, embedding, size);
  expect(tokens instanceof Uint16Array, `${what} tokens`, 'a Uint16Array', typeof tokens);
  const fits =
    Number.isSafeInteger(rows) && rows >= 0 && (rows === 0 ? tokens.length === 0 : tokens.length % rows === 0);
  expect(fits, `${what} tokens`, `${rows} equal rows`, `${tokens.length} numbers`);
}

function checkMetadata(metadata: unknown): void {
  const isObject = typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata);
  expect(isObject, 'metadata', 'an object', Array.isArray(metadata) ? 'an array' : typeof metadata);
  expect(isShallow(metadata, DEEPEST_METADATA), 'metadata', `at most ${DEEPEST_METADATA} levels`, 'more');
}

/** Throws an ExpectationError naming the first part that can't be stored; `size` is E. */
export function checkParts({ caption, metadata, picture, image, text }: ItemChange, size: number): void {
  if (caption != null) expect(typeof caption === 'string', 'caption', 'a string', typeof caption);
  if (metadata != null) checkMetadata(metadata);
  if (picture) expect(picture.bytes instanceof Uint8Array, 'picture', 'bytes', typeof picture.bytes);
  if (image) checkEncoded('image', image, size);
  if (text) checkEncoded('text', text, size);
}
