import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Database, RootDatabase } from 'lmdb';
import type { Key } from './store.js';
import { tablePages } from './table-pages.js';

/** Pages in use beside those of the tables: two heads, the list of tables, the list of free pages. */
const OTHER_PAGES = 8;

/** About how many bytes the tables take without the free pages between them. */
export function usedBytes(tables: readonly Database<unknown, Key>[]): number {
  const used = tables.map(tablePages);
  const pages = used.reduce((sum, table) => sum + table.pages, OTHER_PAGES);
  return pages * (used[0]?.pageSize ?? 0);
}

/** Copies an environment as it is at this moment into an empty folder, without its free pages; writers go on meanwhile. */
export async function copyEnvironment(root: Pick<RootDatabase, 'backup'>, to: string): Promise<void> {
  try {
    await root.backup(to, true).catch(async (error: Error) => {
      // It gives up where pages were leaked, which does no harm: then they are copied, too.
      if (!error.message.includes('MDB_INCOMPATIBLE')) throw error;
      await rm(join(to, 'data.mdb'), { force: true });
      await root.backup(to, false);
    });
  } catch (error) {
    // LMDB's words for the cause come without its number.
    const isFull = /no space left|quota exceeded/i.test((error as Error).message);
    throw isFull ? Object.assign(error as Error, { code: 'ENOSPC' }) : error;
  }
}
