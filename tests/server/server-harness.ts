// A whole application over the random-weight bundle and a data directory of its own, without a port.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import supertest from 'supertest';
import { readBundle } from '../../model/bundle/read-bundle.js';
import { createApp } from '../../server/app.js';
import { openCollections } from '../../server/collections/collections.js';
import { type Config, readConfig } from '../../server/config.js';
import type { Core } from '../../server/core.js';
import type { State } from '../../server/http/host.js';
import { HANDLERS } from '../../server/http/routes.js';
import { taskRunner } from '../../server/http/task-runner.js';
import { openInference } from '../../server/inference/inference.js';
import { ImportGate } from '../../server/items/import-gate.js';
import { openJobs } from '../../server/jobs/open-jobs.js';
import { createMetrics } from '../../server/metrics.js';
import { tinyBundle } from '../fixtures/tiny-bundle.js';

export interface Harness {
  core: Core;
  request: ReturnType<typeof supertest>;
  app: ReturnType<typeof createApp>;
  /** What /readyz says; tests may change it. */
  state: State;
  close(): Promise<void>;
}

export interface HarnessOptions {
  env?: Record<string, string>;
  bundles?: string[];
}

async function openCore(config: Config, bundles: string[]): Promise<Core> {
  const { limits, dataDir } = config;
  const collections = await openCollections(dataDir, { preparedBytes: limits.preparedBytes });
  const inference = await openInference(await Promise.all(bundles.map(readBundle)), {
    workers: 1,
    intraOpThreads: 1,
    storeDir: collections.storeDir,
    pictureSlots: 2,
    pictureLimits: { maxPixels: limits.picturePixels, timeoutSeconds: limits.pictureSeconds },
    ...limits,
    log: pino({ level: 'silent' }),
  });
  const metrics = createMetrics(() => undefined);
  const jobs = await openJobs(config, pino({ level: 'silent' }));
  return { inference, collections, imports: new ImportGate(limits.imports), jobs, limits, metrics };
}

export async function startHarness({ env = {}, bundles }: HarnessOptions = {}): Promise<Harness> {
  const dataDir = await mkdtemp(join(tmpdir(), 'maskvlm-app-'));
  const config = readConfig({ DATA_DIR: dataDir, ...env });
  const core = await openCore(config, bundles ?? [await tinyBundle()]);
  const harness = { core, state: 'ready' as State };
  const metrics = createMetrics(() => ({
    queueDepths: () => core.inference.depths(),
    collections: () => core.collections.all(),
    imports: () => core.imports.running,
    jobs: () => core.jobs.counts(),
  }));
  core.jobs.start(core, taskRunner(HANDLERS));
  const log = pino({ level: 'silent' });
  const app = createApp({ config, log, metrics, state: () => harness.state, core: () => core });
  return Object.assign(harness, {
    app,
    request: supertest(app),
    async close() {
      await core.jobs.stop();
      await core.inference.close();
      await core.collections.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  });
}
