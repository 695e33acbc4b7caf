// maskvlm bench index --vectors 100000 --dimension 256 --centres 1000
import { createRng, type Rng } from '../../model/random.js';
import { DEFAULT_INDEX_SETTINGS } from '../index/live-index.js';
import { BenchCollection } from './bench-collection.js';
import { gaussianMixture } from './gaussian-mixture.js';
import { countNotFound, filterRound, searchRound } from './search-round.js';

export interface BenchIndexOptions {
  vectors: number;
  /** E. */
  dimension: number;
  /** Gaussians of the mixture, equally likely. */
  centres: number;
  /** Standard deviation of each coordinate around its centre, which has norm 1. */
  spread: number;
  queries: number;
  k: number;
  seed: number;
}

const CHURN_ROUNDS = 3;
const CHURN_SHARE = 0.3;
/** A filter keeps one item in so many. */
const GROUPS = 1_000;
/** Of the items, those whose own vector is searched for after each change. */
const PROBED_SHARE = 0.1;
/** Of the queries, those that are asked while a graph is built anew. */
const SHARE_WHILE_BUILDING = 0.1;

const log = (line: string) => process.stderr.write(`${line}\n`);

/** What all parts of a run work on. */
interface Bench {
  options: BenchIndexOptions;
  collection: BenchCollection;
  draw: () => Float32Array;
  rng: Rng;
}

/**
 * Fills a collection of a fresh store with vectors from a mixture of Gaussians, the way the server does, and searches it beside the exact
 * answer: once it is built, while and after 30 % are deleted, 30 % updated and as many new ones added, three times, and with a filter that
 * keeps one in 1,000. Prints one JSON object: recall@k, live items not found, and milliseconds with their ratio to those of an exact scan.
 */
export async function benchIndex(options: BenchIndexOptions): Promise<void> {
  const { dimension, centres, spread, seed } = options;
  const draw = gaussianMixture(seed, dimension, centres, spread);
  const collection = await BenchCollection.open(dimension, GROUPS);
  try {
    const bench: Bench = { options, collection, draw, rng: createRng(seed) };
    const build = await fill(bench);
    const built = await measure(bench);
    log('searching with a filter');
    const filter = await filterRound(collection, queries(bench, options.queries), options.k, 1);
    const churn = [];
    for (let round = 1; round <= CHURN_ROUNDS; round++) churn.push(await churnRound(bench, round));
    const peakMiB = Math.round(process.resourceUsage().maxRSS / 1024);
    const result = {
      bench: 'index',
      ...options,
      settings: DEFAULT_INDEX_SETTINGS,
      build,
      built,
      filter,
      churn,
      peakMiB,
    };
    process.stdout.write(`${JSON.stringify(result)}\n`);
  } finally {
    await collection.close();
  }
}

const queries = ({ draw }: Bench, count: number): Float32Array[] => Array.from({ length: count }, draw);

async function fill(bench: Bench) {
  const { vectors } = bench.options;
  log(`adding ${vectors} vectors`);
  const started = performance.now();
  await bench.collection.put(
    Array.from({ length: vectors }, (_, i) => i + 1),
    bench.draw,
  );
  const stored = performance.now();
  await settled(bench);
  const seconds = (performance.now() - started) / 1000;
  return {
    seconds: Number(seconds.toFixed(2)),
    storedSeconds: Number(((stored - started) / 1000).toFixed(2)),
    vectorsPerSecond: Math.round(vectors / seconds),
  };
}

const settled = ({ collection }: Bench): Promise<void> =>
  collection.settled(({ vectors, pending, unchecked, rebuilding }) => {
    if (rebuilding) log('building the graph anew');
    else log(`building the graph: ${pending} of ${vectors} to add, ${unchecked} to check`);
  });

async function measure(bench: Bench) {
  const { collection, options } = bench;
  log(`searching ${options.queries} times, and by the exact scan`);
  const round = await searchRound(collection, queries(bench, options.queries), options.k);
  const probes = sample(bench, Math.floor(PROBED_SHARE * options.vectors));
  log(`searching for ${probes.length} items by their own vectors`);
  const notFound = await countNotFound(collection, probes);
  const { stranded } = await collection.stats();
  log(
    `recall@${options.k} ${round.recall}, ${notFound} not found, ${round.searchMs.p50} ms, ${round.ratio} of an exact scan`,
  );
  return { ...round, probed: probes.length, notFound, stranded };
}

/** Deletes a share of the items, replaces the vectors of another and adds new ones in the place of those deleted. */
async function churnRound(bench: Bench, round: number) {
  const { collection, options } = bench;
  const count = Math.floor(CHURN_SHARE * options.vectors);
  log(`round ${round} of ${CHURN_ROUNDS}: deleting ${count}, updating ${count}, adding ${count}`);
  const chosen = sample(bench, 2 * count);
  const started = performance.now();
  const next = options.vectors + (round - 1) * count + 1;
  await collection.delete(chosen.slice(0, count));
  await collection.put(chosen.slice(count), bench.draw);
  await collection.put(
    Array.from({ length: count }, (_, i) => next + i),
    bench.draw,
  );
  const { pending, deadShare, rebuilding } = await collection.stats();
  const few = Math.ceil(SHARE_WHILE_BUILDING * options.queries);
  const { recall, searchMs } = await searchRound(collection, queries(bench, few), options.k);
  await settled(bench);
  const seconds = Number(((performance.now() - started) / 1000).toFixed(2));
  const meanwhile = { pending, deadShare: Number(deadShare.toFixed(3)), rebuilding, recall, searchMs };
  return { deleted: count, updated: count, added: count, meanwhile, seconds, ...(await measure(bench)) };
}

/** So many different items, each as likely as any other. */
const sample = ({ collection, rng }: Bench, count: number): number[] => rng.shuffle(collection.items()).slice(0, count);
