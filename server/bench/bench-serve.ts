// maskvlm bench serve --seconds 10
import { fillExamples } from './fill-examples.js';
import { probeHealth } from './health-probe.js';
import { openConnection, requestBytes } from './http-connection.js';
import { loadRound } from './load-round.js';
import { loneRound } from './lone-round.js';
import type { RoundResult } from './round-result.js';
import { spawnServer } from './spawn-server.js';

export interface BenchServeOptions {
  /** Length of each round. */
  seconds: number;
}

const COLLECTION = 'examples';
const SEARCH = `/v1/collections/${COLLECTION}/search`;
const ITEMS = 1_000;
const CONNECTIONS = 32;
/** Beside the default of the model. */
const [FEW, MANY] = [32, 128];

/**
 * Starts a server with the shipped bundles, fills its examples up to 1,000 pictures and searches them by the examples' captions: over a bare
 * socket, one at a time, with 32 candidates, as many as the model has by default, and 128; then by a client library, one at a time and 32
 * at once, with the default re-ranking and without. Prints one JSON object: latencies, of /healthz too while 32 search; the mean of each
 * stage; what 32 at once are worth; and the share of a lone request over a bare socket that the model did not compute. Throws when there
 * are too few examples or a request fails.
 */
export async function benchServe({ seconds }: BenchServeOptions): Promise<void> {
  const server = await spawnServer();
  try {
    const { address } = server;
    const { captions, copies } = await fillExamples(`${address}/v1/collections/${COLLECTION}`, ITEMS);
    const search = searches(address, captions, seconds);
    // As a server that has been up for a while: its code is compiled, its memory is taken, the length of its batches is known.
    await search.load(false, CONNECTIONS);
    await search.load(true, CONNECTIONS);
    const usual = await search.lone();
    const lone = [await search.lone(FEW), usual, await search.lone(MANY)];
    const alone = { reranked: await search.load(true, 1), itcOnly: await search.load(false, 1) };
    const loaded = { reranked: await search.crowd(true), itcOnly: await search.crowd(false) };
    const rounds = [...lone, ...Object.values(alone), ...Object.values(loaded)];
    const result = {
      bench: 'serve',
      collection: COLLECTION,
      items: ITEMS,
      turnedCopies: copies,
      lone,
      defaultCandidates: usual.candidates,
      alone,
      loaded,
      throughputGain: { reranked: gain(loaded.reranked, alone.reranked), itcOnly: gain(loaded.itcOnly, alone.itcOnly) },
      errors: rounds.reduce((sum, { errors }) => sum + errors, 0),
    };
    process.stdout.write(`${JSON.stringify(result)}\n`);
  } finally {
    await server.stop();
  }
}

const gain = (many: RoundResult, one: RoundResult) => Number((many.perSecond / one.perSecond).toFixed(2));

/** Rounds of searches for the texts, each of so many seconds. */
function searches(address: string, texts: readonly string[], seconds: number) {
  const bodies = (options: object) => texts.map((text) => ({ text, k: 10, ...options }));
  return {
    /** With the default number of candidates, by a client library. */
    load: (rerank: boolean, connections: number) =>
      loadRound(address, SEARCH, bodies({ rerank }), connections, seconds),
    /** Many at once; /healthz is asked meanwhile. */
    async crowd(rerank: boolean) {
      const health = probeHealth(address);
      const round = await this.load(rerank, CONNECTIONS);
      const healthz = await health.stop();
      return { ...round, healthz, errors: round.errors + healthz.errors };
    },
    /** One after another over a bare socket, with the default number of candidates where none is given. */
    async lone(candidates?: number) {
      const asked = bodies(candidates === undefined ? {} : { candidates });
      const round = await loneRound(address, SEARCH, asked, seconds);
      return { candidates: await reranked(address, asked[0]!), ...round, ...outsideModel(round) };
    },
  };
}

/** How many candidates a search re-ranks. */
async function reranked(address: string, body: object): Promise<number> {
  const connection = await openConnection(address);
  const answer = await connection.ask(requestBytes(address, SEARCH, body));
  connection.close();
  return (JSON.parse(answer.body) as { reranked: number }).reranked;
}

/**
 * What of a request's time, from its first byte sent to the last one received, the model's graphs did not run: milliseconds between
 * socket and search, milliseconds of the search itself, and both as a share in [0, 1].
 */
function outsideModel({ meanMs, stages }: RoundResult) {
  const { total = 0, model = 0 } = stages;
  const ms = (value: number) => Number(value.toFixed(2));
  return {
    outsideModelMs: { http: ms(meanMs - total), search: ms(total - model) },
    nonModelShare: Number((1 - model / meanMs).toFixed(3)),
  };
}
