// LMDB ends the process when it opens a file that isn't its own or that lost its tail, so the file is looked at first.
import { open } from 'node:fs/promises';
import { ExpectationError } from '../../model/errors.js';

const MAGIC = 0xbeefc0de;
const META_BYTES = 160;
const MAGIC_AT = 24;
const PAGE_SIZE_AT = 48;
/** Root pages of the free list and of the table of tables; all ones while there is none. */
const ROOTS_AT = [88, 136] as const;
const TRANSACTION_AT = 152;
const NO_PAGE = 2n ** 64n - 1n;

/**
 * Throws an ExpectationError unless the file is missing, empty, or an LMDB file whose newest state lies inside it. It isn't compared
 * with the number of the last page: a sound file may end before that.
 */
export async function checkLmdbFile(file: string): Promise<void> {
  const handle = await open(file, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!handle) return;
  const fail = (expected: string, got: string) => new ExpectationError(`store file ${file}`, expected, got);
  try {
    const { size } = await handle.stat();
    if (size === 0) return;
    const meta = Buffer.alloc(2 * META_BYTES);
    await handle.read(meta, 0, META_BYTES, 0);
    const pageSize = meta.readUInt32LE(PAGE_SIZE_AT);
    if (meta.readUInt32LE(MAGIC_AT) !== MAGIC || pageSize < 512) throw fail('an LMDB file', 'something else');
    await handle.read(meta, META_BYTES, META_BYTES, pageSize);
    if (meta.readUInt32LE(META_BYTES + MAGIC_AT) !== MAGIC) throw fail('two heads of an LMDB file', 'one');
    const isSecondNewer = meta.readBigUInt64LE(TRANSACTION_AT) < meta.readBigUInt64LE(META_BYTES + TRANSACTION_AT);
    const newest = meta.subarray(isSecondNewer ? META_BYTES : 0);
    for (const root of ROOTS_AT.map((at) => newest.readBigUInt64LE(at))) {
      if (root === NO_PAGE || (Number(root) + 1) * pageSize <= size) continue;
      throw fail(`at least ${(Number(root) + 1) * pageSize} bytes`, `${size} bytes, so it was cut`);
    }
  } finally {
    await handle.close();
  }
}
