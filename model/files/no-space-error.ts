import { statfs } from 'node:fs/promises';
import { ExpectationError } from '../errors.js';

/** The disk is full: nothing of the refused write was kept, and what was there before still is. */
export class NoSpaceError extends ExpectationError {
  override name = 'NoSpaceError';
  constructor(what: string, neededBytes: number, freeBytes: number) {
    super(what, `room for ${neededBytes} bytes`, `${freeBytes} bytes free`);
  }
}

/** What a write costs beside its bytes: whole blocks, folders, copied pages of a database's tree. */
const MARGIN_BYTES = 1 << 20;
// LMDB turns a write that the disk took only in part into EIO, so the code alone doesn't tell a full disk from a broken one.
const FULL = new Set<unknown>(['ENOSPC', 'EDQUOT', 28, 122, -30792]);
const MAYBE_FULL = new Set<unknown>(['EIO', 5]);

/**
 * The error as a NoSpaceError if it came from a full disk, otherwise itself.
 * `neededBytes` is the size of the write that failed.
 */
export async function asNoSpace(error: unknown, what: string, dir: string, neededBytes: number): Promise<unknown> {
  const code = (error as { code?: unknown } | undefined)?.code;
  if (!FULL.has(code) && !MAYBE_FULL.has(code)) return error;
  const { bavail, bsize } = await statfs(dir);
  const free = bavail * bsize;
  return FULL.has(code) || free < neededBytes + MARGIN_BYTES ? new NoSpaceError(what, neededBytes, free) : error;
}
