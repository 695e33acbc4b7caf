import type { Database } from 'lmdb';
import type { Key } from './store.js';

/** What lmdb tells about a table. */
type TreeStats = Record<'pageSize' | 'treeBranchPageCount' | 'treeLeafPageCount' | 'overflowPages', number>;

/** How many pages a table takes on the disk, of so many bytes each. */
export function tablePages(table: Database<unknown, Key>): { pages: number; pageSize: number } {
  const { pageSize, treeBranchPageCount, treeLeafPageCount, overflowPages } = table.getStats() as TreeStats;
  return { pages: treeBranchPageCount + treeLeafPageCount + overflowPages, pageSize };
}
