// ZIP archives as torch.save writes them: entries stored without compression, ZIP64 where sizes ask for it.
// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
import { ExpectationError, expect } from '../errors.js';
import type { FileReader } from '../files/file-reader.js';

const END = 0x06054b50;
const END_BYTES = 22;
const END64_LOCATOR = 0x07064b50;
const END64_LOCATOR_BYTES = 20;
const END64 = 0x06064b50;
const END64_BYTES = 56;
const ENTRY = 0x02014b50;
const ENTRY_BYTES = 46;
const LOCAL = 0x04034b50;
const LOCAL_BYTES = 30;
const MAX_COMMENT_BYTES = 0xffff;
/** Stands in a 32-bit field for a number that the ZIP64 extra field holds. */
const IN_EXTRA = 0xffffffff;
const ZIP64_EXTRA = 1;

interface Entry {
  name: string;
  method: number;
  encrypted: boolean;
  size: number;
  /** Of the local header. */
  offset: number;
}

interface Directory {
  offset: number;
  size: number;
}

/** The entries of an archive. */
export interface ZipFile {
  readonly names: readonly string[];
  /** Bytes of an entry; throws, naming file and entry, where there is no such entry. */
  sizeOf(name: string): number;
  /** Reads an entry into memory of its own. Throws, naming file and entry, when it is compressed, encrypted or lies elsewhere. */
  read(name: string): Promise<Uint8Array<ArrayBuffer>>;
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** A 64-bit number; beyond 2^53 it is no place in any file, and the bounds check that follows says so. */
const uint64 = (view: DataView, at: number): number => Number(view.getBigUint64(at, true));

async function findDirectory(reader: FileReader): Promise<Directory> {
  const { file, size } = reader;
  const tailBytes = Math.min(size, END_BYTES + MAX_COMMENT_BYTES);
  const tail = viewOf(await reader.read(size - tailBytes, tailBytes));
  for (let at = tailBytes - END_BYTES; at >= 0; at--) {
    if (tail.getUint32(at, true) !== END || at + END_BYTES + tail.getUint16(at + 20, true) !== tailBytes) continue;
    const locator = at - END64_LOCATOR_BYTES;
    if (locator >= 0 && tail.getUint32(locator, true) === END64_LOCATOR)
      return findDirectory64(reader, uint64(tail, locator + 8));
    return { size: tail.getUint32(at + 12, true), offset: tail.getUint32(at + 16, true) };
  }
  throw new ExpectationError(file, 'a whole ZIP archive', 'one without an end: it was cut off, or is something else');
}

async function findDirectory64(reader: FileReader, at: number): Promise<Directory> {
  const end = viewOf(await reader.read(at, END64_BYTES));
  expect(end.getUint32(0, true) === END64, reader.file, `a ZIP64 directory at ${at}`, 'something else');
  return { size: uint64(end, 40), offset: uint64(end, 48) };
}

/** Size and offset of an entry whose 32-bit fields are too small: in the order of the fields that stand back for them. */
function widen(entry: Entry, compressed: number, extra: DataView): Entry {
  for (let at = 0; at + 4 <= extra.byteLength; at += 4 + extra.getUint16(at + 2, true)) {
    if (extra.getUint16(at, true) !== ZIP64_EXTRA) continue;
    let field = at + 4;
    const next = (value: number): number => {
      if (value !== IN_EXTRA || field + 8 > extra.byteLength) return value;
      field += 8;
      return uint64(extra, field - 8);
    };
    const size = next(entry.size);
    next(compressed);
    return { ...entry, size, offset: next(entry.offset) };
  }
  return entry;
}

function parseDirectory(file: string, bytes: Uint8Array): Map<string, Entry> {
  const view = viewOf(bytes);
  const entries = new Map<string, Entry>();
  for (let at = 0; at < bytes.length; ) {
    const whole = at + ENTRY_BYTES <= bytes.length && view.getUint32(at, true) === ENTRY;
    expect(whole, `${file}: directory`, `an entry at ${at}`, 'something else');
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((field) => view.getUint16(at + field, true)) as [
      number,
      number,
      number,
    ];
    const [nameAt, extraAt] = [at + ENTRY_BYTES, at + ENTRY_BYTES + nameBytes];
    const next = extraAt + extraBytes + commentBytes;
    expect(next <= bytes.length, `${file}: directory`, `${next} bytes`, bytes.length);
    const entry: Entry = {
      name: Buffer.from(bytes.subarray(nameAt, extraAt)).toString('utf8'),
      method: view.getUint16(at + 10, true),
      encrypted: (view.getUint16(at + 8, true) & 1) === 1,
      size: view.getUint32(at + 24, true),
      offset: view.getUint32(at + 42, true),
    };
    expect(!entries.has(entry.name), `${file}: ${entry.name}`, 'one such entry', 'several');
    const extra = viewOf(bytes.subarray(extraAt, extraAt + extraBytes));
    entries.set(entry.name, widen(entry, view.getUint32(at + 20, true), extra));
    at = next;
  }
  return entries;
}

async function readEntry(reader: FileReader, entry: Entry, end: number): Promise<Uint8Array<ArrayBuffer>> {
  const what = `${reader.file}: ${entry.name}`;
  expect(!entry.encrypted, what, 'an entry that is not encrypted', 'an encrypted one');
  expect(entry.method === 0, what, 'stored as torch.save does it', `compressed (method ${entry.method})`);
  const { offset, size } = entry;
  expect(offset + LOCAL_BYTES <= end, what, `to begin before byte ${end}`, `byte ${offset}`);
  const local = viewOf(await reader.read(offset, LOCAL_BYTES));
  expect(local.getUint32(0, true) === LOCAL, what, `an entry at ${offset}`, 'something else');
  const start = offset + LOCAL_BYTES + local.getUint16(26, true) + local.getUint16(28, true);
  expect(start + size <= end, what, `to end before byte ${end}`, `${size} bytes from byte ${start}`);
  return reader.read(start, size);
}

/**
 * Reads the directory of a ZIP archive. Throws an ExpectationError that names the file when it is none, or was cut off; nothing beyond
 * the file's own size is ever allocated. Check sums are not compared: torch.save may be told to write none.
 */
export async function openZip(reader: FileReader): Promise<ZipFile> {
  const { file, size } = reader;
  const directory = await findDirectory(reader);
  const end = directory.offset + directory.size;
  expect(end <= size, `${file}: directory`, `to end within the file's ${size} bytes`, `an end at ${end}`);
  const entries = parseDirectory(file, await reader.read(directory.offset, directory.size));
  const find = (name: string): Entry => {
    const entry = entries.get(name);
    expect(entry, file, `an entry ${name}`, 'none');
    return entry;
  };
  return {
    names: [...entries.keys()],
    sizeOf: (name) => find(name).size,
    read: async (name) => readEntry(reader, find(name), directory.offset),
  };
}
