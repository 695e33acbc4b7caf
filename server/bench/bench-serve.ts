// maskvlm bench serve --seconds 10
import { ExpectationError } from '../../model/errors.js';
import { loadRound } from './load-round.js';
import { loneRound } from './lone-round.js';
import { type Latency, latencyOf, type RoundResult } from './round-result.js';
import { spawnServer } from './spawn-server.js';

export interface BenchServeOptions {
  /** Length of each round. */
  seconds: number;
}

const COLLECTION = 'examples';
const SEARCH = `/v1/collections/${COLLECTION}/search`;
const CONNECTIONS = 32;
const CANDIDATES = 32;

/**
 * Starts a server with the shipped bundles and searches its examples by their captions, one at a time over a bare socket and by a client
 * library, and then many at once, with re-ranking and without. Prints one JSON object: latencies of search and, meanwhile, of /healthz; the
 * mean of each stage; and the share of a lone request over a bare socket that the model did not compute. Throws when there is no example collection or a request fails.
 */
export async function benchServe({ seconds }: BenchServeOptions): Promise<void> {
  const server = await spawnServer();
  try {
    const texts = await captions(server.address);
    const bodies = (rerank: boolean) => texts.map((text) => ({ text, k: 10, candidates: CANDIDATES, rerank }));
    const search = (rerank: boolean, connections: number) =>
      loadRound(server.address, SEARCH, bodies(rerank), connections, seconds);
    // As a server that has been up for a while: its code is compiled, its memory is taken, the length of its batches is known.
    await search(false, CONNECTIONS);
    await search(true, CONNECTIONS);
    const bare = await loneRound(server.address, SEARCH, bodies(true), seconds);
    const alone = { reranked: await search(true, 1), itcOnly: await search(false, 1) };
    const health = probe(`${server.address}/healthz`);
    const loaded = { reranked: await search(true, CONNECTIONS), itcOnly: await search(false, CONNECTIONS) };
    const healthz = await health.stop();
    const rounds = [bare, ...Object.values(alone), ...Object.values(loaded)];
    const errors = rounds.reduce((sum, one) => sum + one.errors, 0);
    const result = {
      bench: 'serve',
      collection: COLLECTION,
      items: texts.length,
      candidates: CANDIDATES,
      bare,
      alone,
      loaded,
      healthzUnderLoad: healthz,
      nonModelShare: nonModelShare(bare),
      throughputGain: { reranked: gain(loaded.reranked, alone.reranked), itcOnly: gain(loaded.itcOnly, alone.itcOnly) },
      errors,
    };
    process.stdout.write(`${JSON.stringify(result)}\n`);
  } finally {
    await server.stop();
  }
}

const gain = (many: RoundResult, one: RoundResult) => Number((many.perSecond / one.perSecond).toFixed(2));

/** The share of a request's time, from its first byte sent to the last one received, outside of the model's graphs. In [0, 1]. */
const nonModelShare = ({ meanMs, stages }: RoundResult) => Number((1 - (stages.model ?? 0) / meanMs).toFixed(3));

async function captions(address: string): Promise<string[]> {
  const response = await fetch(`${address}/v1/collections/${COLLECTION}/items?limit=1000`);
  if (!response.ok) throw new ExpectationError(`collection ${COLLECTION}`, 'to be there', `status ${response.status}`);
  const { items } = (await response.json()) as { items: { caption?: string }[] };
  return items.flatMap(({ caption }) => (caption ? [caption] : []));
}

/** Asks an address every 25 ms until stopped. */
function probe(url: string) {
  const samples: number[] = [];
  let running = true;
  const loop = (async () => {
    while (running) {
      const start = performance.now();
      await (await fetch(url)).arrayBuffer();
      samples.push(performance.now() - start);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  })();
  return {
    async stop(): Promise<Latency & { requests: number }> {
      running = false;
      await loop;
      return { ...latencyOf(samples), requests: samples.length };
    },
  };
}
