import { open } from 'node:fs/promises';
import { expect } from '../errors.js';

/** One read moves at most this much: the system calls end at 2 GiB. */
const CHUNK_BYTES = 1 << 28;

/** An open file whose parts are read by position. */
export interface FileReader {
  readonly file: string;
  /** In bytes. */
  readonly size: number;
  /** The bytes [position, position + length), in memory of their own. Throws, naming the file, when it ends before. */
  read(position: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** Opens `file` for as long as `use` takes. Throws an ExpectationError that names it when it cannot be read or is a folder. */
export async function withFile<T>(file: string, use: (reader: FileReader) => Promise<T>): Promise<T> {
  const handle = await open(file, 'r').catch((error: NodeJS.ErrnoException) => error);
  expect(!(handle instanceof Error), file, 'a readable file', handle instanceof Error ? handle.code : '');
  try {
    const stats = await handle.stat();
    expect(!stats.isDirectory(), file, 'a file', 'a folder');
    return await use({
      file,
      size: stats.size,
      async read(position, length) {
        const there = `${Math.max(0, stats.size - position)} bytes`;
        expect(position + length <= stats.size, file, `${length} bytes from byte ${position}`, there);
        const bytes = new Uint8Array(length);
        for (let done = 0; done < length; ) {
          const size = Math.min(CHUNK_BYTES, length - done);
          const { bytesRead } = await handle.read(bytes, done, size, position + done);
          const got = `${done} bytes: it shrank while being read`;
          expect(bytesRead > 0, file, `${length} bytes from byte ${position}`, got);
          done += bytesRead;
        }
        return bytes;
      },
    });
  } finally {
    await handle.close();
  }
}
