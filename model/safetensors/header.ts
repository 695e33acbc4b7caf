// The safetensors format: 8 bytes of header length (little-endian), a JSON header, then the tensors' bytes back to back.
// https://github.com/huggingface/safetensors#format
import { ExpectationError, expect } from '../errors.js';
import { ARRAYS, type Dtype, elementCount } from './tensor.js';

/** Where one tensor lies: `begin` and `end` are byte offsets from the end of the header. */
export interface TensorEntry {
  name: string;
  dtype: Dtype;
  shape: number[];
  begin: number;
  end: number;
}

export interface SafetensorsHeader {
  metadata: Record<string, string>;
  /** In the order in which they lie in the file. */
  entries: TensorEntry[];
}

/** The reference implementation's cap: a larger header is a broken or hostile file. */
export const MAX_HEADER_BYTES = 100_000_000;

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function parseMetadata(file: string, value: unknown): Record<string, string> {
  const what = `${file}: __metadata__`;
  expect(isObject(value), what, 'an object of strings', JSON.stringify(value));
  for (const [key, text] of Object.entries(value)) {
    expect(typeof text === 'string', `${what}.${key}`, 'a string', JSON.stringify(text));
  }
  return value as Record<string, string>;
}

function parseEntry(file: string, name: string, value: unknown): TensorEntry {
  const what = `${file}: tensor ${name}`;
  expect(isObject(value), what, 'an object', JSON.stringify(value));
  const { dtype, shape, data_offsets: offsets } = value;
  expect(
    typeof dtype === 'string' && Object.hasOwn(ARRAYS, dtype),
    `${what}: dtype`,
    `one of ${Object.keys(ARRAYS).join(', ')}`,
    JSON.stringify(dtype),
  );
  expect(
    Array.isArray(shape) && shape.every(isSize) && isSize(elementCount(shape)),
    `${what}: shape`,
    'whole numbers',
    JSON.stringify(shape),
  );
  const [begin, end] = Array.isArray(offsets) && offsets.length === 2 ? offsets : [];
  expect(
    isSize(begin) && isSize(end) && begin <= end,
    `${what}: data_offsets`,
    '[begin, end]',
    JSON.stringify(offsets),
  );
  const bytes = elementCount(shape) * ARRAYS[dtype as Dtype].BYTES_PER_ELEMENT;
  expect(end - begin === bytes, what, `${bytes} bytes for ${dtype} [${shape}]`, `${end - begin} bytes`);
  return { name, dtype: dtype as Dtype, shape: shape as number[], begin, end };
}

/** The tensors must fill the `dataBytes` after the header exactly: what lies outside, twice or nowhere is a broken file. */
function checkLayout(file: string, entries: TensorEntry[], dataBytes: number): void {
  let filled = 0;
  for (const { name, begin, end } of entries) {
    const what = `${file}: tensor ${name}`;
    expect(begin >= filled, what, `to begin at ${filled}, after the one before`, `an overlap from ${begin}`);
    expect(begin === filled, what, `to begin at ${filled}, after the one before`, `a hole up to ${begin}`);
    expect(end <= dataBytes, what, `to end within the ${dataBytes} bytes of data`, `an end at ${end}`);
    filled = end;
  }
  expect(filled === dataBytes, file, `${filled} bytes of data, as the header says`, `${dataBytes} bytes`);
}

/** Reads and checks a header's JSON against the number of bytes that follow it; throws an ExpectationError that names file and tensor. */
export function parseHeader(file: string, json: string, dataBytes: number): SafetensorsHeader {
  let header: unknown;
  try {
    header = JSON.parse(json);
  } catch (error) {
    throw new ExpectationError(`${file}: header`, 'JSON', (error as Error).message);
  }
  expect(isObject(header), `${file}: header`, 'a JSON object', json.slice(0, 40));
  const { __metadata__: metadata, ...tensors } = header;
  const entries = Object.entries(tensors).map(([name, value]) => parseEntry(file, name, value));
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkLayout(file, entries, dataBytes);
  return { metadata: metadata === undefined ? {} : parseMetadata(file, metadata), entries };
}

/** The header's bytes, length prefix included, padded with spaces so that the data begins at a multiple of 8. */
export function formatHeader({ metadata, entries }: SafetensorsHeader): Uint8Array {
  const byName = [...entries].sort((a, b) => (a.name < b.name ? -1 : 1));
  const fields: [string, unknown][] = byName.map(({ name, dtype, shape, begin, end }) => [
    name,
    { dtype, shape, data_offsets: [begin, end] },
  ]);
  const keys = Object.keys(metadata).sort();
  if (keys.length > 0) fields.unshift(['__metadata__', Object.fromEntries(keys.map((key) => [key, metadata[key]]))]);
  const json = Buffer.from(
    `{${fields.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join()}}`,
  );
  const length = Math.ceil(json.length / 8) * 8;
  const bytes = Buffer.alloc(8 + length, ' ');
  bytes.writeBigUInt64LE(BigInt(length));
  json.copy(bytes, 8);
  return bytes;
}
