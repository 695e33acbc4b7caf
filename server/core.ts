import type { Collections } from './collections/collections.js';
import type { Limits } from './config.js';
import type { Inference } from './inference/inference.js';
import type { ImportGate } from './items/import-gate.js';
import type { Jobs } from './jobs/jobs.js';
import type { Metrics } from './metrics.js';

/** What answers requests once the server is up. */
export interface Core {
  inference: Inference;
  collections: Collections;
  imports: ImportGate;
  jobs: Jobs;
  limits: Limits;
  metrics: Metrics;
}
