import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withFile } from '../../../model/files/file-reader.js';
import { openZip } from '../../../model/pytorch/zip-file.js';
import { type ZipPart, zipArchive } from '../../fixtures/torch-archive.js';

let file = '';
beforeAll(async () => {
  file = join(await mkdtemp(join(tmpdir(), 'maskvlm-zip-')), 'a.zip');
});
afterAll(() => rm(join(file, '..'), { recursive: true }));

async function readAll(bytes: Uint8Array): Promise<Record<string, string>> {
  await writeFile(file, bytes);
  return withFile(file, async (reader) => {
    const zip = await openZip(reader);
    const texts: Record<string, string> = {};
    for (const name of zip.names) texts[name] = Buffer.from(await zip.read(name)).toString();
    return texts;
  });
}

const hello: ZipPart = { name: 'a/hello', bytes: Buffer.from('hello') };
const world: ZipPart = { name: 'b', bytes: Buffer.from('world!') };
const BOTH = { 'a/hello': 'hello', b: 'world!' };

describe('stored entries', () => {
  test.each<[string, Uint8Array]>([
    ['plain', zipArchive([hello, world])],
    ['with a comment', zipArchive([hello, world], { comment: 'made by hand' })],
    [
      'with ZIP64 sizes and offsets',
      zipArchive([
        { ...hello, wide: true },
        { ...world, wide: true },
      ]),
    ],
    ['with a ZIP64 directory', zipArchive([hello, { ...world, wide: true }], { wide: true })],
  ])('are read: %s', async (_, bytes) => {
    expect(await readAll(bytes)).toEqual(BOTH);
  });

  test('may be none', async () => {
    expect(await readAll(zipArchive([]))).toEqual({});
  });
});

/** A sound archive with a number changed, `at` bytes after its last `signature`. */
function changed(signature: number, at: number, value: number): Buffer {
  const bytes = zipArchive([hello, world]);
  const mark = Buffer.alloc(4);
  mark.writeUInt32LE(signature);
  bytes.writeUInt32LE(value, bytes.lastIndexOf(mark) + at);
  return bytes;
}

describe('refuses', () => {
  test.each<[string, Uint8Array, RegExp]>([
    [
      'a compressed entry',
      zipArchive([{ ...hello, method: 8 }]),
      /a\.zip: a\/hello: expected stored .*, got compressed \(method 8\)/,
    ],
    ['an encrypted entry', zipArchive([{ ...hello, flags: 1 }]), /a\/hello: expected an entry that is not encrypted/],
    ['two entries of one name', zipArchive([hello, hello]), /a\/hello: expected one such entry, got several/],
    [
      'an entry past the directory',
      changed(0x02014b50, 24, 5000),
      /b: expected to end before byte \d+, got 5000 bytes/,
    ],
    ['an entry that begins past it', changed(0x02014b50, 42, 0x7fffffff), /b: expected to begin before byte/],
    ['an entry that begins elsewhere', changed(0x02014b50, 42, 3), /b: expected an entry at 3, got something else/],
    ['a name past the directory', changed(0x02014b50, 28, 999), /directory: expected \d+ bytes, got/],
    ['a directory past the end', changed(0x06054b50, 12, 0x7fffffff), /directory: expected to end within the file's/],
    ['a directory elsewhere', changed(0x06054b50, 16, 1), /directory: expected an entry at 0, got something else/],
    ['no archive', Buffer.alloc(1000), /a\.zip: expected a whole ZIP archive/],
    ['a file shorter than an end', Buffer.alloc(5), /expected a whole ZIP archive/],
  ])('%s', async (_, bytes, message) => {
    await expect(readAll(bytes)).rejects.toThrow(message);
  });

  test('a ZIP64 directory that is not there', async () => {
    const bytes = zipArchive([hello], { wide: true });
    bytes.writeBigUInt64LE(7n, bytes.length - 22 - 20 + 8);
    await expect(readAll(bytes)).rejects.toThrow(/expected a ZIP64 directory at 7, got something else/);
    bytes.writeBigUInt64LE(2n ** 60n, bytes.length - 22 - 20 + 8);
    await expect(readAll(bytes)).rejects.toThrow(/expected 56 bytes from byte \d+, got 0 bytes/);
  });

  test('an entry that is not there', async () => {
    await writeFile(file, zipArchive([hello]));
    const asked = withFile(file, async (reader) => (await openZip(reader)).read('nothing'));
    await expect(asked).rejects.toThrow(`${file}: expected an entry nothing, got none`);
  });
});
