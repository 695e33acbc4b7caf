import { compileFilter } from '../search/filter.js';
import type { BenchCollection } from './bench-collection.js';
import { type Latency, latencyOf } from './round-result.js';

export interface SearchRound {
  /** Share of the exact answer's k items that searches at the default efSearch found, in [0, 1]. */
  recall: number;
  searchMs: Latency;
  exactScanMs: Latency;
  /** Median of the searches over that of the exact scans. */
  ratio: number;
}

export interface FilterRound {
  /** Items that pass. */
  keeps: number;
  /** Whether every answer was the exact one, in its order. */
  exact: boolean;
  /** Metadata checked and vectors searched, the first filter of all left out. */
  ms: Latency;
  /** The first filter, for which the metadata are read from the store. */
  firstMs: number;
}

/** Searches one after another, each beside the exact answer. */
export async function searchRound(
  collection: BenchCollection,
  queries: Float32Array[],
  k: number,
): Promise<SearchRound> {
  const exact = queries.map((query) => collection.scan(query, k));
  const found = [];
  for (const query of queries) found.push(await collection.search(query, k));
  let hits = 0;
  for (const [i, { items }] of found.entries()) {
    const wanted = new Set(exact[i]!.items);
    hits += items.filter((item) => wanted.has(item)).length;
  }
  const wanted = exact.reduce((sum, { items }) => sum + items.length, 0);
  const searchMs = latencyOf(found.map(({ ms }) => ms));
  const exactScanMs = latencyOf(exact.map(({ ms }) => ms));
  const ratio = Number((searchMs.p50 / exactScanMs.p50).toFixed(4));
  return { recall: Number((hits / wanted).toFixed(5)), searchMs, exactScanMs, ratio };
}

/** How many of the items a search for their own vector does not answer first. */
export async function countNotFound(collection: BenchCollection, items: number[]): Promise<number> {
  let missing = 0;
  for (const item of items) {
    const [first] = (await collection.search(collection.vector(item), 1)).items;
    if (first !== item) missing++;
  }
  return missing;
}

/** Searches one after another among the items of one group, by a filter over their metadata. */
export async function filterRound(
  collection: BenchCollection,
  queries: Float32Array[],
  k: number,
  group: number,
): Promise<FilterRound> {
  const filter = compileFilter({ group: { eq: group } });
  const kept = collection.inGroup(group);
  const first = await collection.search(queries[0]!, k, filter);
  const samples: number[] = [];
  let exact = true;
  for (const query of queries) {
    const { items, ms } = await collection.search(query, k, filter);
    samples.push(ms);
    exact &&= items.join() === collection.scan(query, k, kept).items.join();
  }
  return { keeps: kept.length, exact, ms: latencyOf(samples), firstMs: Number(first.ms.toFixed(2)) };
}
