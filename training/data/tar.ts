import { type FileHandle, open } from 'node:fs/promises';
import { expect } from '../../model/errors.js';
import { fileError } from './annotation-file.js';

/** A regular file in a tar archive, and where its bytes lie there. */
export interface TarMember {
  name: string;
  offset: number;
  length: number;
  /** Its bytes, to be asked for before the next member is. */
  read(): Promise<Buffer>;
}

/** What a header says of the member behind it, or, by its type, of the next one. */
interface Header {
  name: string;
  length: number;
  type: string;
}

const BLOCK = 512;
/** Headers and small members lie together: most of them come with one read. */
const READ_AHEAD = 16 * 1024;

/**
 * Lists the files in an uncompressed tar archive (ustar, with pax and GNU long names) in order, reading little more than its headers. Throws,
 * with the byte, where the archive is cut off or is none.
 */
export async function* readTar(file: string): AsyncGenerator<TarMember> {
  const handle = await open(file).catch((error) => {
    throw fileError(file, error);
  });
  try {
    yield* membersOf(file, (await handle.stat()).size, readAhead(handle));
  } catch (error) {
    throw fileError(file, error);
  } finally {
    await handle.close();
  }
}

type Read = (offset: number, length: number) => Promise<Buffer>;

async function* membersOf(file: string, size: number, read: Read): AsyncGenerator<TarMember> {
  let next: { path?: string; size?: string } = {};
  for (let at = 0; at < size; ) {
    const block = await read(at, BLOCK);
    if (block.every((byte) => byte === 0)) return;
    const header = parseHeader(block, `tar archive ${file}`, at);
    const name = next.path ?? header.name;
    const length = Number(next.size ?? header.length);
    const offset = at + BLOCK;
    expect(
      offset + length <= size,
      `${name} in ${file}`,
      `${length} bytes`,
      `the end of the file after ${size - offset}`,
    );
    at = offset + Math.ceil(length / BLOCK) * BLOCK;
    const content = () => read(offset, length);
    if (header.type === 'x') next = { ...next, ...parsePax(await content()) };
    else if (header.type === 'L') next = { ...next, path: textOf(await content()) };
    else if (header.type !== 'g' && header.type !== 'K') {
      if (header.type === '0' || header.type === '\0' || header.type === '7')
        yield { name, offset, length, read: content };
      next = {};
    }
  }
}

/** Up to the first zero byte. */
const textOf = (bytes: Buffer): string => {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
};

function parseHeader(block: Buffer, what: string, at: number): Header {
  const field = (from: number, length: number) => textOf(block.subarray(from, from + length));
  const sum = block.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 0x20 : byte), 0);
  const isHeader = block.length === BLOCK && sum === Number.parseInt(field(148, 8), 8);
  expect(isHeader, what, 'uncompressed, with the header of a member', `other bytes at byte ${at}`);
  // Only ustar proper has the prefix; GNU's variant keeps times there.
  const prefix = field(257, 8) === 'ustar' ? field(345, 155) : '';
  const name = (prefix ? `${prefix}/` : '') + field(0, 100);
  // Sizes from 8 GiB on are written in base 256.
  const isBinary = (block[124]! & 0x80) !== 0;
  const length = isBinary ? Number(block.readBigUInt64BE(128)) : Number.parseInt(field(124, 12).trim() || '0', 8);
  return { name, length, type: String.fromCharCode(block[156]!) };
}

/** Records "<length> <key>=<value>\n" of a pax header; the length counts the whole record in bytes. */
function parsePax(bytes: Buffer): { path?: string; size?: string } {
  const found: Record<string, string> = {};
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const length = Number(bytes.toString('latin1', at, space));
    if (!(length > 0)) break;
    const [, key, value] = /^([^=]+)=(.*)$/s.exec(bytes.toString('utf8', space + 1, at + length - 1)) ?? [];
    if (key === 'path' || key === 'size') found[key] = value!;
    at += length;
  }
  return found;
}

/** Reads parts of a file through a window that is a little larger than what is asked for. A part behind the end comes short. */
function readAhead(handle: FileHandle): Read {
  let [window, start] = [Buffer.alloc(0), 0];
  return async (offset, length) => {
    if (offset < start || offset + length > start + window.length) {
      const bytes = Buffer.allocUnsafe(Math.max(length, READ_AHEAD));
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, offset);
      [window, start] = [bytes.subarray(0, bytesRead), offset];
    }
    return window.subarray(offset - start, offset - start + length);
  };
}
