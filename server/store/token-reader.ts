import { open } from 'lmdb';
import type { SideKey } from './item-rows.js';

/** Where the tokens of an item lie in the store. */
export type TokenKey = Readonly<SideKey>;

/** Reads the token features of a store in a thread of its own. */
export interface TokenReader {
  /** Float16 bits, [rows * D], a view that the next read overwrites; undefined where the item is gone. */
  read(key: TokenKey): Uint16Array | undefined;
  /** What the matcher was prepared of a picture, as `read`; undefined where nothing was. */
  prepared(key: TokenKey): Uint16Array | undefined;
  /** Ends the view of the store that reads since the last call had in common: what comes next sees the newest state. */
  refresh(): void;
  close(): Promise<void>;
}

/**
 * Opens the tokens of the store in `dir`, which another thread of this process has open: both read the same memory map, so that tokens
 * that are read here need not be sent here.
 */
export function openTokenReader(dir: string): TokenReader {
  const root = open({ path: dir, readOnly: true, maxDbs: 16, noSubdir: false });
  const reading = (name: string) => {
    const table = root.openDB<Uint8Array, SideKey>({ name, encoding: 'binary' });
    return (key: TokenKey): Uint16Array | undefined => {
      const bytes = table.getBinaryFast(key as SideKey);
      return bytes && new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
    };
  };
  return {
    read: reading('tokens'),
    prepared: reading('prepared'),
    // A view that stays would keep old pages of the file from being used again for as long as the graph runs.
    refresh: () => root.resetReadTxn(),
    close: () => root.close(),
  };
}
