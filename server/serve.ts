import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type Logger, pino } from 'pino';
import { type Bundle, readBundle } from '../model/bundle/read-bundle.js';
import { ExpectationError } from '../model/errors.js';
import { createApp } from './app.js';
import { type Collections, openCollections } from './collections/collections.js';
import { type Config, readConfig } from './config.js';
import type { Core } from './core.js';
import { addExamples } from './examples.js';
import { endFirstStart, isFirstStart } from './first-start.js';
import type { Host, State } from './http/host.js';
import { HANDLERS } from './http/routes.js';
import { taskRunner } from './http/task-runner.js';
import { defaultWorkers } from './inference/default-workers.js';
import { type Inference, openInference } from './inference/inference.js';
import { pictureSlots } from './inference/picture-slots.js';
import { ImportGate } from './items/import-gate.js';
import { openJobs } from './jobs/open-jobs.js';
import { createMetrics, type Metrics } from './metrics.js';
import { PACKAGE_ROOT } from './package-root.js';

/** Bundle directories that come with the package, by name. */
function shippedBundles(): string[] {
  const folder = join(PACKAGE_ROOT, 'model/bundles');
  const names = existsSync(folder) ? readdirSync(folder).sort() : [];
  return names.map((name) => join(folder, name)).filter((dir) => existsSync(join(dir, 'manifest.json')));
}

async function loadInference(
  bundles: readonly Bundle[],
  storeDir: string,
  config: Config,
  log: Logger,
  metrics: Metrics,
): Promise<Inference> {
  const { batchSize, batchWaitMs, batchTargetMs, queueSize, picturePixels, pictureSeconds } = config.limits;
  const cores = availableParallelism();
  const workers = config.workers ?? (await defaultWorkers(bundles));
  return openInference(bundles, {
    workers,
    intraOpThreads: config.intraOpThreads ?? Math.max(1, Math.floor(cores / workers)),
    storeDir,
    pictureSlots: pictureSlots(cores),
    pictureLimits: { maxPixels: picturePixels, timeoutSeconds: pictureSeconds },
    batchSize,
    batchWaitMs,
    batchTargetMs,
    queueSize,
    onBatch: metrics.batch,
    log,
  });
}

/** Longest time for the headers of a request, and between two looks at who is late with them. */
const HEADERS_MS = 60_000;
const LOOK_MS = 30_000;

function openHttp(app: RequestListener, bodyMs: number): Server {
  const server = createServer({ connectionsCheckingInterval: Math.min(LOOK_MS, bodyMs) }, app);
  server.headersTimeout = Math.min(HEADERS_MS, bodyMs);
  // An import may send its items for hours; single bodies have a deadline of their own.
  server.requestTimeout = 0;
  return server;
}

async function listen(server: Server, host: string, port: number): Promise<string> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const got = code === 'EADDRINUSE' ? 'one that another process listens on' : message;
    throw new ExpectationError(`PORT ${port} on ${host}`, 'a free port', got);
  }
  const { address, port: actual, family } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${actual}`;
}

/** A server that has been started: it answers /healthz at once, and everything else when `ready` resolves. */
export class RunningServer implements Host {
  readonly metrics: Metrics;
  readonly #http: Server;
  #core?: Core;
  #collections?: Collections;
  #inference?: Inference;
  #loading?: Promise<void>;
  #draining = false;

  constructor(
    readonly config: Config,
    readonly log: Logger,
  ) {
    this.metrics = createMetrics(() => this.#core && this.#sources(this.#core));
    this.#http = openHttp(createApp(this), config.limits.bodyMs);
  }

  core(): Core | undefined {
    return this.#core;
  }

  state(): State {
    if (this.#draining) return 'draining';
    if (!this.#core) return 'starting';
    const { inference, collections } = this.#core;
    if (collections.indexState === 'lost') return 'index-lost';
    return inference.ready && collections.indexState === 'ready' ? 'ready' : 'recovering';
  }

  /** Listens, and answers the address. @throws ExpectationError when the port is taken. */
  listen(): Promise<string> {
    return listen(this.#http, this.config.host, this.config.port);
  }

  /**
   * Opens the collections and loads the models; afterwards the server is ready. Unless `examples` is false, a data directory in
   * which no start has succeeded before gets the default bundle's example pictures.
   * @throws ExpectationError that says what cannot be opened or loaded
   */
  load({ examples = true } = {}): Promise<void> {
    this.#loading = this.#load(examples);
    return this.#loading;
  }

  async #load(examples: boolean): Promise<void> {
    const { dataDir, bundles: chosen, limits } = this.config;
    const isFirst = await isFirstStart(dataDir);
    const onWarning = (warning: string): void => this.log.warn(warning);
    const collections = await openCollections(dataDir, { onWarning, preparedBytes: limits.preparedBytes });
    this.#collections = collections;
    const bundles = await Promise.all((chosen.length > 0 ? chosen : shippedBundles()).map(readBundle));
    if (bundles.length === 0) this.log.warn('no bundle is loaded: set BUNDLES to the directories of some');
    const inference = await loadInference(bundles, collections.storeDir, this.config, this.log, this.metrics);
    this.#inference = inference;
    const jobs = await openJobs(this.config, this.log);
    const imports = new ImportGate(limits.imports);
    const core: Core = { inference, collections, imports, jobs, limits, metrics: this.metrics };
    if (examples && isFirst && bundles[0]) await addExamples(core, bundles[0], this.log);
    await endFirstStart(dataDir);
    this.#core = core;
    if (!this.#draining) jobs.start(core, taskRunner(HANDLERS));
  }

  /** Takes no new requests, lets running ones end within the limit, and closes everything. */
  async close(): Promise<void> {
    if (this.#draining) return;
    this.#draining = true;
    // They go on after the next start, and those who follow them would wait for that.
    const stopped = this.#core?.jobs.stop();
    const closed = this.#http.listening ? once(this.#http, 'close') : Promise.resolve();
    this.#http.close();
    // A connection that a client keeps open is idle only after its running request.
    const idle = setInterval(() => this.#http.closeIdleConnections(), 50);
    const timer = setTimeout(() => this.#http.closeAllConnections(), this.config.limits.drainMs);
    await closed;
    clearInterval(idle);
    clearTimeout(timer);
    // What is still loading can only be closed once it is there.
    await this.#loading?.catch(() => undefined);
    await stopped;
    await this.#inference?.close();
    await this.#collections?.close();
  }

  #sources({ inference, collections, imports, jobs }: Core) {
    return {
      queueDepths: () => inference.depths(),
      collections: () => (this.#draining ? [] : collections.all()),
      imports: () => imports.running,
      jobs: () => jobs.counts(),
    };
  }
}

/** The signal that asks the process to stop; a second one ends it at once. */
function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(signal === 'SIGINT' ? 130 : 143));
        resolve(signal);
      });
    }
  });
}

/**
 * Runs the server until SIGTERM or SIGINT, then finishes what it has begun. Prints `listening on <address>` once it can answer.
 * @throws ExpectationError that names the setting, port, directory or bundle that cannot be used
 */
export async function serve(env: Record<string, string | undefined> = process.env): Promise<void> {
  const config = readConfig(env);
  const log = pino({ level: config.logLevel }, pino.destination(2));
  const server = new RunningServer(config, log);
  const stopped = stopSignal();
  try {
    const address = await server.listen();
    const stoppedEarly = await Promise.race([server.load().then(() => undefined), stopped]);
    if (stoppedEarly === undefined) process.stdout.write(`listening on ${address}\n`);
    log.info({ signal: await stopped }, 'stopping');
  } finally {
    await server.close();
  }
}
