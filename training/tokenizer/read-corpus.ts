import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { createInterface } from 'node:readline';
import { ExpectationError, expect } from '../../model/errors.js';

/** Under which of these names a record holds a text, or an array of texts or of such records. */
const TEXT_FIELDS = [
  'caption',
  'captions',
  'text',
  'question',
  'sentence',
  'sentences',
  'sentence2',
  'hypothesis',
  'raw',
  // What a model of questions has to write, and what stands behind a hypothesis where it is a caption.
  'answer',
  'multiple_choice_answer',
  'gold_label',
];
/** Where a JSON file that is an object holds its records: Karpathy's splits, COCO's captions, VQA's questions. */
const RECORD_FIELDS = ['images', 'annotations', 'questions'];

type Json = Record<string, unknown>;

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function* textsOf(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (Array.isArray(value)) for (const item of value) yield* textsOf(item);
  else if (isRecord(value))
    for (const field of TEXT_FIELDS) if (Object.hasOwn(value, field)) yield* textsOf(value[field]);
}

function parseJson(what: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ExpectationError(what, 'JSON', (error as Error).message);
  }
}

/** Held-out texts teach the tokenizer nothing: of a file that marks a training split, only that is read. */
function trainingRecords(records: unknown[]): unknown[] {
  const isTraining = (record: unknown) => isRecord(record) && (record.split === 'train' || record.split === 'restval');
  const training = records.filter(isTraining);
  return training.length > 0 ? training : records;
}

async function* jsonTexts(file: string): AsyncGenerator<string> {
  const json = parseJson(file, await readFile(file, 'utf8'));
  const lists = isRecord(json) ? RECORD_FIELDS.map((field) => json[field]).filter(Array.isArray) : [json];
  for (const list of lists) yield* textsOf(Array.isArray(list) ? trainingRecords(list) : list);
}

async function* lineTexts(file: string, isJson: boolean): AsyncGenerator<string> {
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    number++;
    if (line.trim() === '') continue;
    if (isJson) yield* textsOf(parseJson(`${file}:${number}`, line));
    else yield line;
  }
}

/**
 * The texts of a corpus file: `.txt` with one a line; `.jsonl` with one record a line; `.json` with records in Karpathy's form (of which
 * the training split), COCO's, VQA's, or in an array. Throws an ExpectationError naming the file when it cannot be read, holds broken
 * JSON, is of another kind or has no text.
 */
export async function* readCorpus(file: string): AsyncGenerator<string> {
  const extension = extname(file);
  expect(['.txt', '.json', '.jsonl'].includes(extension), `corpus ${file}`, 'a .txt, .json or .jsonl file', extension);
  const texts = extension === '.json' ? jsonTexts(file) : lineTexts(file, extension === '.jsonl');
  let found = false;
  try {
    for await (const text of texts) {
      found = true;
      yield text;
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code ? new ExpectationError(`corpus ${file}`, 'a readable file', code) : error;
  }
  expect(found, `corpus ${file}`, 'texts', 'none');
}
